"""Back up the embedded Argilla server, and put a backup in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotation import server
from annotation.backup import write_backup
from annotation.restore import holds_work, take_place, unpack
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
    """

    file: str
    size_bytes: int
    users: int
    datasets: int
    records: int
    responses: int


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
        kept_aside: Folder of the server that was there before; empty if there was none.
        running: Whether the server was running and runs again.
    """

    file: str
    created_at: str
    users: int
    datasets: int
    records: int
    responses: int
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
        made = write_backup(
            server.data_folder(home), home.secrets, file.expanduser(), now=datetime.now(UTC)
        )
    found = made.content
    return BackupResult(
        str(file),
        file.expanduser().stat().st_size,
        users=found.users,
        datasets=found.datasets,
        records=found.records,
        responses=found.responses,
    )


def restore_annotation(home: Home, file: Path, *, replace: bool = False) -> RestoreResult:
    """Put a backup in the place of the server, which is kept aside; one that ran runs again.

    Raises:
        AnnotationError: People worked with the server that is there and `replace` is not set, or
            the file is no backup that our Argilla can run. Nothing is changed then.
        DiskFullError: There is no room.
    """
    _require_own_database(home, "restore")
    data = server.data_folder(home)
    with server.turn(home), track("restore Argilla"):
        if not replace and holds_work(data):
            raise AnnotationError(
                f"{data} holds a server that people work with.",
                "Add --replace to put the backup in its place; the server is kept aside.",
            )
        unpacked = unpack(file.expanduser(), data)
        was_running = server.stop_in_turn(home)
        aside = take_place(unpacked, data, home.secrets, now=datetime.now(UTC))
    if was_running:
        start_annotation(home)
    found = unpacked.backup.content
    return RestoreResult(
        str(file),
        unpacked.backup.created_at,
        users=found.users,
        datasets=found.datasets,
        records=found.records,
        responses=found.responses,
        kept_aside=str(aside or ""),
        running=was_running,
    )


def _require_own_database(home: Home, verb: str) -> None:
    settings = load_settings(home.settings_file).argilla
    if settings.url:
        raise AnnotationError(
            f"We cannot {verb} the Argilla at {settings.url}: its database is not ours.",
            "Ask whoever runs it. What people answered there is kept by `workbench annotate pull`.",
        )
    if database_url(home):
        raise AnnotationError(
            f"We cannot {verb} Argilla's database on PostgreSQL.",
            "Use pg_dump and pg_restore, and keep a copy of the home's folder secrets/.",
        )
