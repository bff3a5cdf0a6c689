"""Files that came through the application: private, kept until they are imported.

Each stands in a folder of its own below the home's `uploads`, under the name that it had, since
that name is part of where a row comes from.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from workbench.errors import ImportFileError, NotFoundError
from workbench.files import disk_errors, sha256_file
from workbench.home import Home

UPLOAD_LIMIT_BYTES = 512 << 20
_ABANDONED_SECONDS = 24 * 3600.0
_COPIED_BYTES = 1 << 20
_ID = re.compile(r"[0-9a-f]{16}")
_LONGEST_NAME = 120


def keep_upload(
    home: Home, name: str, stream: BinaryIO, *, limit_bytes: int = UPLOAD_LIMIT_BYTES
) -> str:
    """Copy a stream to a file that its owner alone can read.

    Uploads that nobody imported within a day are removed first.

    Args:
        home: The project.
        name: What the browser calls the file; only its last part counts.
        stream: The content.
        limit_bytes: How much of it is taken at most.

    Returns: The id under which `upload_path` finds it.

    Raises:
        ImportFileError: It has no name or is larger than that; then nothing is kept.
    """
    remove_abandoned(home)
    upload_id = secrets.token_hex(8)
    folder = _root(home) / upload_id
    folder.mkdir(parents=True, mode=0o700)
    try:
        with disk_errors(folder):
            _copy(stream, folder / _safe_name(name), limit_bytes)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload_id


def upload_path(home: Home, upload_id: str) -> Path:
    """Return the file of an upload.

    Raises:
        NotFoundError: There is none, or it was imported already.
    """
    folder = _root(home) / upload_id
    files = list(folder.iterdir()) if _ID.fullmatch(upload_id) and folder.is_dir() else []
    if not files:
        raise NotFoundError("This upload is not there any more.", "Upload the file again.")
    return files[0]


def remove_uploads(home: Home, files: Sequence[Path]) -> None:
    """Remove those of some imported files that were uploads; others are left alone."""
    for path in files:
        folder = path.resolve().parent
        if folder.parent == _root(home).resolve() and _ID.fullmatch(folder.name):
            shutil.rmtree(folder)


def remove_abandoned(home: Home) -> None:
    """Remove what was uploaded more than a day ago and never imported."""
    for folder in _root(home).glob("*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def forget_uploads(home: Home, sha256s: Collection[str]) -> int:
    """Remove uploads whose file has one of these SHA-256; return how many."""
    found = [path for path in _root(home).glob("*/*") if sha256_file(path) in sha256s]
    for path in found:
        shutil.rmtree(path.parent)
    return len(found)


def _root(home: Home) -> Path:
    return home.root / "uploads"


def _safe_name(name: str) -> str:
    last = re.split(r"[/\\]", name)[-1]
    safe = "".join(c for c in last if c.isprintable()).strip().lstrip(".-")
    if not safe:
        raise ImportFileError("No file was chosen.", "Choose one and upload it again.")
    named = Path(safe)
    return named.stem[:_LONGEST_NAME] + named.suffix[:20]


def _copy(stream: BinaryIO, target: Path, limit_bytes: int) -> None:
    n_bytes = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := stream.read(_COPIED_BYTES):
            n_bytes += len(chunk)
            if n_bytes > limit_bytes:
                raise too_large(limit_bytes)
            file.write(chunk)


def too_large(limit_bytes: int = UPLOAD_LIMIT_BYTES) -> ImportFileError:
    """Return the refusal of a file that is too large to be uploaded."""
    return ImportFileError(
        f"An upload may have at most {limit_bytes >> 20} MB.",
        "Put the file on the machine where the application runs, and name it by its path.",
    )
