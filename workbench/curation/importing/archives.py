"""Refuse archives that unpack to far more than they hold, before anything unpacks them."""

from __future__ import annotations

import zipfile
from pathlib import Path

from workbench.curation.importing.limits import (
    MAX_ARCHIVE_MEMBERS,
    MAX_UNPACKED_BYTES,
    MAX_UNPACKED_RATIO,
    SMALL_UNPACKED_BYTES,
)
from workbench.errors import ImportFileError


def check_archive(path: Path, *, member: str, what: str) -> None:
    """Check a zip-based document by its table of contents.

    Sizes in that table may lie; the libraries that unpack read no more of a member than the table
    says, and the memory bound of the parser stands behind them.

    Args:
        path: The file.
        member: A member that every document of this kind has.
        what: The kind, for messages, such as `DOCX`.

    Raises:
        ImportFileError: It is no such archive, or it is a zip bomb.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as exc:
        raise ImportFileError(
            f"{path} is not a whole {what} file.", "Save or download it again."
        ) from exc
    if member not in {found.filename for found in members}:
        raise ImportFileError(
            f"{path} is a zip archive but no {what} file.", "Unpack it and import what it holds."
        )
    unpacked = sum(found.file_size for found in members)
    is_dense = unpacked > max(MAX_UNPACKED_RATIO * path.stat().st_size, SMALL_UNPACKED_BYTES)
    if is_dense or unpacked > MAX_UNPACKED_BYTES or len(members) > MAX_ARCHIVE_MEMBERS:
        raise ImportFileError(
            f"{path} would unpack to {unpacked >> 20} MiB in {len(members)} parts: a zip bomb?",
            "If you trust it, save its content as CSV or plain text and import that.",
        )
