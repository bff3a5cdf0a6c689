"""One file that holds a whole server: its database, its secrets, and the home's labels.

Without the secrets nobody gets in; without the labels nobody knows what stood as A. The search
index is left out, since a start builds it; so are background jobs that wait. The file is a ZIP
archive whose manifest names each part with its digest.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from annotation.label_folder import label_files
from annotation.server_database import DATABASE_FILE, DatabaseContent, copy_database
from workbench.errors import AnnotationError
from workbench.files import disk_errors, sha256_file, sync_file, sync_folder

FORMAT = 2
_FORMAT_WITHOUT_LABELS = 1
SECRET_FILES = ("argilla.json", "argilla-annotators.json")
_MANIFEST = "manifest.json"
_MEMBERS = (DATABASE_FILE, *(f"secrets/{name}" for name in SECRET_FILES))
_LABELS = "labels"
_LABEL_MEMBER = re.compile(rf"{_LABELS}/(?!\.)[^/\\]+/(?!\.)[^/\\]+")
_FAST = 1  # texts shrink to a third at once; the higher levels take many times as long
_CHUNK_BYTES = 1 << 20
_OTHER_FILE = "Name a file that `workbench annotate backup` wrote."


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


@dataclass(frozen=True, slots=True)
class BackupContent:
    """What a backup holds.

    Attributes:
        created_at: When it was made, UTC.
        content: What the database holds.
        digests: SHA-256 of each part, by its name in the file.
        holds_labels: Whether it was made with the home's labels, if there were any.
    """

    created_at: str
    content: DatabaseContent
    digests: Mapping[str, str]
    holds_labels: bool = True

    @property
    def label_digests(self) -> dict[str, str]:
        """SHA-256 of each file of labels, by `<dataset>/<file>`."""
        within = f"{_LABELS}/"
        return {
            name.removeprefix(within): digest
            for name, digest in self.digests.items()
            if name.startswith(within)
        }

    @property
    def n_labelled(self) -> int:
        """Number of datasets whose labels it holds."""
        return len({name.partition("/")[0] for name in self.label_digests})


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


def _copy_labels(labels: Path, staging: Path) -> dict[str, Path]:
    """Copy the labels, which a push or a pull may replace meanwhile; return the copies by name.

    They are copied after the database: a push writes the blind order before its first record, so
    every record of the database that was copied has its order here.
    """
    parts = {}
    for name, file in label_files(labels).items():
        part = staging / _LABELS / name
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(file, part)
        parts[f"{_LABELS}/{name}"] = part
    return parts


def _write_archive(archive: Path, made: BackupContent, parts: Mapping[str, Path]) -> None:
    described = asdict(made)
    del described["holds_labels"]  # the format says it
    manifest = {"format": FORMAT, **described}
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
    if version not in (_FORMAT_WITHOUT_LABELS, FORMAT):
        raise AnnotationError(
            f"{file} has format {version}; this release reads {FORMAT} and older ones.",
            "Restore it with the release that wrote it.",
        )
    digests = manifest["digests"]
    if DATABASE_FILE not in digests or not all(map(_is_member, digests)):
        raise _damaged(file)
    content = DatabaseContent(**manifest["content"])
    return BackupContent(manifest["created_at"], content, digests, version == FORMAT)


def _is_member(name: str) -> bool:
    """Tell whether a part may be of that name: one that leads elsewhere is never written."""
    return name in _MEMBERS or _LABEL_MEMBER.fullmatch(name) is not None


def _unpack_part(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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
