"""One file that holds a whole server: its database, its secrets, and the home's labels.

Without the secrets nobody gets in; without the labels nobody knows what stood as A. The search
index is left out, since a start builds it; so are background jobs that wait. The file is a ZIP
archive whose manifest names each part with its digest.
"""

from __future__ import annotations

import errno
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from annotation.backup_manifest import (
    LABELS,
    OTHER_FILE,
    SECRET_FILES,
    BackupContent,
    damaged,
    no_backup,
    read_manifest,
)
from annotation.label_folder import label_files
from annotation.server_database import DATABASE_FILE, copy_database
from workbench.errors import AnnotationError
from workbench.files import disk_errors, sha256_file, sync_file, sync_folder

_MANIFEST = "manifest.json"
_FAST = 1  # texts shrink to a third at once; the higher levels take many times as long
_CHUNK_BYTES = 1 << 20
_ZIP_START = b"PK\x03\x04"
_OTHER_PARTS = "its parts are not those that it was written with"
# what zipfile raises of a part that is torn, missing, encrypted or packed in a way that we never do
_TORN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class ServerFolders:
    """Where a server is, of a home.

    Attributes:
        data: The server's folder.
        secrets: Folder of the home's secrets.
        labels: What we keep of each dataset, one folder each.
    """

    data: Path
    secrets: Path
    labels: Path


def write_backup(folders: ServerFolders, file: Path, *, now: datetime) -> BackupContent:
    """Write a server into one file, which only its owner can read.

    Args:
        folders: Where the server is; it may be in use.
        file: What to write; a crash leaves nothing or all of it.
        now: Time of the backup.

    Raises:
        AnnotationError: The file exists, there is no server yet, or its database is damaged.
        DiskFullError: There is no room.
    """
    if file.exists():
        raise AnnotationError(f"{file} exists.", "Name a file that does not exist yet.")
    database = folders.data / DATABASE_FILE
    if not database.is_file():
        raise AnnotationError(
            "There is nothing to back up: Argilla was never started here.",
            "Start it with `workbench annotate start`.",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        disk_errors(file),
        tempfile.TemporaryDirectory(dir=file.parent, prefix=".argilla-backup-") as staging,
    ):
        parts = {DATABASE_FILE: Path(staging, DATABASE_FILE)}
        content = copy_database(database, parts[DATABASE_FILE])
        kept = [name for name in SECRET_FILES if (folders.secrets / name).is_file()]
        parts |= {f"secrets/{name}": folders.secrets / name for name in kept}
        parts |= _copy_labels(folders.labels, Path(staging))
        digests = {name: sha256_file(part) for name, part in parts.items()}
        made = BackupContent(
            created_at=now.replace(microsecond=0), content=content, digests=digests
        )
        archive = Path(staging, "archive")
        _write_archive(archive, made, parts)
        archive.replace(file)
        sync_folder(file.parent)
    return made


def unpack_backup(file: Path, folder: Path) -> BackupContent:
    """Unpack a backup into an empty folder and check every part against its digest.

    Raises:
        AnnotationError: It is no backup, is damaged, or is of a newer format.
        DiskFullError: There is no room.
    """
    _require_archive(file)
    try:
        with disk_errors(folder), zipfile.ZipFile(file) as archive:
            if _MANIFEST not in archive.namelist():
                raise no_backup(file)
            made = read_manifest(archive.read(_MANIFEST), file)
            for name, digest in made.digests.items():
                _unpack_part(archive, name, folder / name)
                if sha256_file(folder / name) != digest:
                    raise damaged(file, _OTHER_PARTS)
    except _TORN as exc:
        raise damaged(file, _OTHER_PARTS) from exc
    except OSError as exc:
        if exc.errno == errno.EINVAL:  # a torn directory leads to a place before the file's start
            raise damaged(file, _OTHER_PARTS) from exc
        raise
    return made


def _require_archive(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            start = stream.read(len(_ZIP_START))
    except FileNotFoundError as exc:
        raise AnnotationError(f"{file} does not exist.", OTHER_FILE) from exc
    except OSError as exc:
        raise AnnotationError(f"{file} cannot be read: {exc.strerror}.", OTHER_FILE) from exc
    if start != _ZIP_START:
        raise no_backup(file)


def _copy_labels(labels: Path, staging: Path) -> dict[str, Path]:
    """Copy the labels, which a push or a pull may replace meanwhile; return the copies by name.

    They are copied after the database: a push writes the blind order before its first record, so
    every record of the database that was copied has its order here.
    """
    parts = {}
    for name, file in label_files(labels).items():
        part = staging / LABELS / name
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(file, part)
        parts[f"{LABELS}/{name}"] = part
    return parts


def _write_archive(archive: Path, made: BackupContent, parts: Mapping[str, Path]) -> None:
    archive.touch(mode=0o600)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as target:
        target.writestr(_MANIFEST, made.model_dump_json(indent=2))
        for name, part in parts.items():
            target.write(part, name)
    sync_file(archive)


def _unpack_part(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.touch(mode=0o600)
    with archive.open(name) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            sink.write(chunk)
    sync_file(target)
