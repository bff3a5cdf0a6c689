"""Which formats we read, and how a file's name and first bytes tell its own."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from workbench.errors import ImportFileError

FileFormat = Literal[
    "csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "xls", "ods",
    "docx", "pdf", "markdown", "text", "documents", "dataset",
]  # fmt: skip
# What `--format` takes; the last two formats are folders and show themselves.
FORMATS: tuple[FileFormat, ...] = (
    "csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "xls", "ods",
    "docx", "pdf", "markdown", "text",
)  # fmt: skip
TEXT_TABLES = frozenset({"csv", "tsv", "jsonl", "json"})
SHEETS = frozenset({"xlsx", "xls", "ods"})
DOCUMENTS = frozenset({"docx", "pdf", "markdown", "text", "documents"})
_BY_SUFFIX: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".ods": "ods",
    ".docx": "docx",
    ".pdf": "pdf",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
}
_BY_MAGIC: dict[bytes, FileFormat] = {b"PAR1": "parquet", b"ARROW1\0\0": "arrow", b"%PDF": "pdf"}


def known_format(path: Path) -> FileFormat | None:
    """Return the format that the suffix or, without a known one, the first bytes tell."""
    if found := _BY_SUFFIX.get(path.suffix.lower()):
        return found
    with open_regular(path) as stream:
        start = stream.read(8)
    return next((name for magic, name in _BY_MAGIC.items() if start.startswith(magic)), None)


def format_of(path: Path) -> FileFormat:
    """Return a file's format.

    Raises:
        ImportFileError: Neither name nor content tells it, or the file cannot be read.
    """
    if found := known_format(path):
        return found
    raise ImportFileError(
        f"{path}: the suffix {path.suffix!r} does not tell the format.",
        f"Name it with --format {' | '.join(FORMATS)}.",
    )


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a plain file for reading.

    Raises:
        ImportFileError: There is none, it cannot be read, or it is a folder, pipe or device.
    """
    try:
        # without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as exc:
        raise unreadable(path, exc) from exc
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise _not_a_file(path, mode)
    with os.fdopen(descriptor, "rb") as stream:
        yield stream


def _not_a_file(path: Path, mode: int) -> ImportFileError:
    if stat.S_ISDIR(mode):
        return ImportFileError(f"{path} is a folder.", "Name a file in it.")
    return ImportFileError(
        f"{path} is no plain file: a pipe, a socket or a device.",
        "Save what it gives to a file and import that.",
    )


def unreadable(path: Path, exc: OSError) -> ImportFileError:
    """Return the error for a path that cannot be opened."""
    if isinstance(exc, FileNotFoundError):
        return ImportFileError(f"{path} does not exist.", "Check the path.")
    if exc.errno == errno.ELOOP:
        return ImportFileError(f"{path} is a link that leads back to itself.", "Remove the link.")
    if exc.errno == errno.ENXIO:  # a socket
        return _not_a_file(path, stat.S_IFSOCK)
    return ImportFileError(f"{path} cannot be read: {exc.strerror}.", "Check its owner.")
