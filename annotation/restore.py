"""Put a backed-up server in the place of the one that is there, which is kept aside."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from annotation.backup import ServerFolders, unpack_backup
from annotation.backup_manifest import SECRET_FILES, BackupContent
from annotation.label_folder import label_files
from annotation.server_database import DATABASE_FILE, read_content
from workbench.errors import AnnotationError
from workbench.files import sha256_file, sync_folder, write_atomic


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A checked backup, ready to take its place."""

    folder: Path
    backup: BackupContent


def unpack(file: Path, data: Path) -> Unpacked:
    """Unpack a backup beside the server's data folder and check that our Argilla can run it.

    Raises:
        AnnotationError: It is damaged, or a newer Argilla wrote it; the server is as it was.
    """
    folder = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(folder, ignore_errors=True)  # of a restore that was interrupted
    folder.mkdir(parents=True, mode=0o700)
    try:
        backup = unpack_backup(file, folder)
        _require_known_schema(file, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Unpacked(folder, backup)


def _require_known_schema(file: Path, folder: Path) -> None:
    content = read_content(folder / DATABASE_FILE)
    if not content.schema_known:
        raise AnnotationError(
            f"{file} was written by a newer Argilla (schema {content.schema}).",
            f"Restore it with a release whose Argilla is newer than {content.argilla}.",
        )


def holds_work(data: Path) -> bool:
    """Tell whether a server is there that somebody worked with; one that is damaged counts."""
    if not (data / DATABASE_FILE).is_file():
        return False
    try:
        return not read_content(data / DATABASE_FILE).is_empty
    except AnnotationError:
        return True


def holds_other_labels(labels: Path, backup: BackupContent) -> bool:
    """Tell whether labels are there that the backup would replace by others, or take away."""
    if not backup.holds_labels:
        return False
    found = {name: sha256_file(file) for name, file in label_files(labels).items()}
    return found != {} and found != backup.label_digests


def discard(unpacked: Unpacked) -> None:
    """Remove a backup that does not take its place."""
    shutil.rmtree(unpacked.folder, ignore_errors=True)


def take_place(unpacked: Unpacked, folders: ServerFolders, *, now: datetime) -> Path | None:
    """Move the unpacked server to the place of the one that is there; it must not run.

    A crash in between leaves both complete under their names; the restore can be run again.

    Returns:
        Where the former server is kept with its secrets and labels; None if there was none.
    """
    aside = _set_aside(unpacked.backup, folders, now=now)
    for name in SECRET_FILES:
        kept = unpacked.folder / "secrets" / name
        if kept.is_file():
            write_atomic(folders.secrets / name, kept.read_bytes())
        else:
            (folders.secrets / name).unlink(missing_ok=True)
    shutil.rmtree(unpacked.folder / "secrets", ignore_errors=True)
    if (unpacked.folder / "labels").is_dir():
        (unpacked.folder / "labels").rename(folders.labels)
        sync_folder(folders.labels.parent)
    unpacked.folder.rename(folders.data)
    sync_folder(folders.data.parent)
    return aside


def _set_aside(backup: BackupContent, folders: ServerFolders, *, now: datetime) -> Path | None:
    data, labels, secrets = folders.data, folders.labels, folders.secrets
    takes_labels = backup.holds_labels and labels.exists()
    if not data.exists() and not takes_labels:
        return None
    aside = data.with_name(f"{data.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    if data.exists():
        for name in SECRET_FILES:
            if (secrets / name).is_file():
                write_atomic(data / "secrets" / name, (secrets / name).read_bytes())
        data.rename(aside)
    else:
        aside.mkdir(mode=0o700)
    if takes_labels:
        labels.rename(aside / "labels")
    return aside
