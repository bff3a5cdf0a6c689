"""One file that holds a whole server: its database, and the secrets without which nobody gets in.

The search index is left out, since a start builds it; so are background jobs that wait. The file is
a ZIP archive whose manifest names each part with its digest.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from annotation.server_database import DATABASE_FILE, DatabaseContent, copy_database
from workbench.errors import AnnotationError
from workbench.files import disk_errors, sha256_file, sync_file, sync_folder

FORMAT = 1
SECRET_FILES = ("argilla.json", "argilla-annotators.json")
_MANIFEST = "manifest.json"
_MEMBERS = (DATABASE_FILE, *(f"secrets/{name}" for name in SECRET_FILES))
_FAST = 1  # texts shrink to a third at once; the higher levels take many times as long
_CHUNK_BYTES = 1 << 20
_OTHER_FILE = "Name a file that `workbench annotate backup` wrote."


@dataclass(frozen=True, slots=True)
class BackupContent:
    """What a backup holds.

    Attributes:
        created_at: When it was made, UTC.
        content: What the database holds.
        digests: SHA-256 of each part, by its name in the file.
    """

    created_at: str
    content: DatabaseContent
    digests: Mapping[str, str]


def write_backup(data: Path, secrets: Path, file: Path, *, now: datetime) -> BackupContent:
    """Write the server of a data folder into one file, which only its owner can read.

    Args:
        data: The server's folder; it may be in use.
        secrets: Folder of the home's secrets.
        file: What to write; a crash leaves nothing or all of it.
        now: Time of the backup.

    Raises:
        AnnotationError: The file exists, there is no server yet, or its database is damaged.
        DiskFullError: There is no room.
    """
    if file.exists():
        raise AnnotationError(f"{file} exists.", "Name a file that does not exist yet.")
    if not (data / DATABASE_FILE).is_file():
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
        content = copy_database(data / DATABASE_FILE, parts[DATABASE_FILE])
        kept = [name for name in SECRET_FILES if (secrets / name).is_file()]
        parts |= {f"secrets/{name}": secrets / name for name in kept}
        digests = {name: sha256_file(part) for name, part in parts.items()}
        made = BackupContent(now.isoformat(timespec="seconds"), content, digests)
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
    try:
        with disk_errors(folder), zipfile.ZipFile(file) as archive:
            made = _read_manifest(archive, file)
            for name, digest in made.digests.items():
                _unpack_part(archive, name, folder / name)
                if sha256_file(folder / name) != digest:
                    raise _damaged(file)
    except FileNotFoundError as exc:
        raise AnnotationError(f"{file} does not exist.", _OTHER_FILE) from exc
    except (zipfile.BadZipFile, EOFError) as exc:
        raise _damaged(file) from exc
    return made


def _write_archive(archive: Path, made: BackupContent, parts: Mapping[str, Path]) -> None:
    manifest = {"format": FORMAT, **asdict(made)}
    archive.touch(mode=0o600)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as target:
        target.writestr(_MANIFEST, json.dumps(manifest, indent=2))
        for name, part in parts.items():
            target.write(part, name)
    sync_file(archive)


def _read_manifest(archive: zipfile.ZipFile, file: Path) -> BackupContent:
    try:
        manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        version = manifest.pop("format")
    except (KeyError, ValueError) as exc:
        raise AnnotationError(f"{file} is no backup of Argilla.", _OTHER_FILE) from exc
    if version != FORMAT:
        raise AnnotationError(
            f"{file} has format {version}; this release reads {FORMAT}.",
            "Restore it with the release that wrote it.",
        )
    digests = manifest["digests"]
    if DATABASE_FILE not in digests or not set(digests) <= set(_MEMBERS):
        raise _damaged(file)
    return BackupContent(manifest["created_at"], DatabaseContent(**manifest["content"]), digests)


def _unpack_part(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(exist_ok=True, mode=0o700)
    target.touch(mode=0o600)
    with archive.open(name) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            sink.write(chunk)
    sync_file(target)


def _damaged(file: Path) -> AnnotationError:
    return AnnotationError(
        f"{file} is damaged: its parts are not those that it was written with.",
        "Use another backup; nothing has been changed.",
    )
