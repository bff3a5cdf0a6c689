"""Back up the embedded Argilla server with the home's labels, and put a backup in their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotation import server
from annotation.backup import ServerFolders, write_backup
from annotation.restore import discard, holds_other_labels, holds_work, take_place, unpack
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.progress import track
from workbench.settings import load_settings
from workbench.workflows.annotate_server import database_url, start_annotation


@dataclass(frozen=True, slots=True)
class BackupResult:
    """What was written.

    Attributes:
        file: The backup; it holds passwords and keys, mode 0600.
        size_bytes: Its size.
        users: Number of accounts in it.
        datasets: Number of datasets in it.
        records: Number of records in it.
        responses: Number of answers in it.
        labelled: Number of datasets whose blind order, references and history are in it.
    """

    file: str
    size_bytes: int
    users: int
    datasets: int
    records: int
    responses: int
    labelled: int


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What was restored.

    Attributes:
        file: The backup.
        created_at: When it was made, UTC.
        users: Number of accounts in it.
        datasets: Number of datasets in it.
        records: Number of records in it.
        responses: Number of answers in it.
        labelled: Number of datasets whose blind order, references and history are in it.
        kept_aside: Folder of the server and the labels that were there; empty if there were none.
        running: Whether the server was running and runs again.
    """

    file: str
    created_at: str
    users: int
    datasets: int
    records: int
    responses: int
    labelled: int
    kept_aside: str
    running: bool


def back_up_annotation(home: Home, file: Path) -> BackupResult:
    """Write the whole server into one file; it may run meanwhile.

    Raises:
        AnnotationError: The file exists, there is no server of ours, or its database is damaged.
        DiskFullError: There is no room.
    """
    _require_own_database(home, "back up")
    with server.turn(home), track("back up Argilla"):
        made = write_backup(_folders(home), file.expanduser(), now=datetime.now(UTC))
    found = made.content
    return BackupResult(
        str(file),
        file.expanduser().stat().st_size,
        users=found.users,
        datasets=found.datasets,
        records=found.records,
        responses=found.responses,
        labelled=made.n_labelled,
    )


def restore_annotation(home: Home, file: Path, *, replace: bool = False) -> RestoreResult:
    """Put a backup in the place of the server, which is kept aside; one that ran runs again.

    Raises:
        AnnotationError: People worked with the server that is there, or the home has other labels,
            and `replace` is not set; or the file is no backup that our Argilla can run. Nothing is
            changed then.
        DiskFullError: There is no room.
    """
    _require_own_database(home, "restore")
    folders = _folders(home)
    with server.turn(home), track("restore Argilla"):
        if not replace and holds_work(folders.data):
            raise _would_replace(f"{folders.data} holds a server that people work with.")
        unpacked = unpack(file.expanduser(), folders.data)
        if not replace and holds_other_labels(folders.labels, unpacked.backup):
            discard(unpacked)
            raise _would_replace(f"{folders.labels} holds other labels than the backup.")
        was_running = server.stop_in_turn(home)
        aside = take_place(unpacked, folders, now=datetime.now(UTC))
    if was_running:
        start_annotation(home)
    found = unpacked.backup.content
    return RestoreResult(
        str(file),
        unpacked.backup.created_at.isoformat(),
        users=found.users,
        datasets=found.datasets,
        records=found.records,
        responses=found.responses,
        labelled=unpacked.backup.n_labelled,
        kept_aside=str(aside or ""),
        running=was_running,
    )


def _folders(home: Home) -> ServerFolders:
    return ServerFolders(server.data_folder(home), home.secrets, home.labels)


def _would_replace(what: str) -> AnnotationError:
    return AnnotationError(
        what, "Add --replace to put the backup in its place; server and labels are kept aside."
    )


def _require_own_database(home: Home, verb: str) -> None:
    settings = load_settings(home.settings_file).argilla
    if settings.url:
        raise AnnotationError(
            f"We cannot {verb} the Argilla at {settings.url}: its database is not ours.",
            f"Ask whoever runs it, and keep a copy of {home.labels}: `workbench annotate pull` "
            "writes there what people answered.",
        )
    if database_url(home):
        raise AnnotationError(
            f"We cannot {verb} Argilla's database on PostgreSQL.",
            "Use pg_dump and pg_restore, and keep copies of the home's folders secrets/ and "
            "labels/.",
        )
