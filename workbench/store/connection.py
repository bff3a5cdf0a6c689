"""The one place that opens the DuckDB file, and that knows DuckDB's own errors.

One process may have a DuckDB file open for writing and nobody may read it meanwhile. So the file is
open for one burst only (a transaction or a few queries: opening costs about 10 ms), behind a lock
file of our own with a bounded wait. Who has to give up gets a `StoreBusyError` that names the
holder, never DuckDB's "Could not set lock on file".

What differs in DuckDB 2.0 (storage version, Arrow fetch methods) is to be met in this file alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb

from workbench.errors import DiskFullError, StoreBusyError, StoreError
from workbench.files import disk_errors, sync_file, sync_folder
from workbench.held_lock import held_lock

DEFAULT_WAIT_SECONDS = 30.0
_MEMORY_LIMIT = "2GB"
_TEMP_LIMIT = "20GB"
_THREADS = max(1, min(4, os.cpu_count() or 1))


@contextmanager
def open_connection(
    file: Path, *, wait_seconds: float = DEFAULT_WAIT_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database for one burst, as the only process that does.

    Args:
        file: The DuckDB file; created if it does not exist.
        wait_seconds: How long to wait for another process to finish its burst.

    Raises:
        StoreBusyError: Another process kept the store for longer than that.
        DiskFullError: The disk has no room left; the transaction was rolled back.
        StoreError: The file is damaged, or DuckDB refused the statement.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _exclusive(file, wait_seconds), _converted_errors(file):
        connection = _connect(file)
        try:
            yield connection
        finally:
            connection.close()


def rewrite_file(file: Path, *, wait_seconds: float = DEFAULT_WAIT_SECONDS) -> None:
    """Write the database anew, so that nothing of what was deleted stands in its files any more.

    DuckDB sets the blocks of deleted rows free and leaves in them what they held. The new file
    takes the place of the old one in one rename: whoever is killed leaves the one or the other.
    Meanwhile the disk needs room for both.

    Args:
        file: The DuckDB file.
        wait_seconds: How long to wait for another process to finish its burst.

    Raises: As `open_connection` does.
    """
    draft = file.with_name(f".{file.name}.rewritten")
    with _exclusive(file, wait_seconds), _converted_errors(file), disk_errors(file):
        # A process that was killed leaves these; only the holder of the lock uses them.
        shutil.rmtree(_spill_folder(file), ignore_errors=True)
        _remove(draft)
        try:
            _copy(file, draft)
            sync_file(draft)
            draft.replace(file)
        finally:
            _remove(draft)
        sync_folder(file.parent)


def _copy(file: Path, draft: Path) -> None:
    with duckdb.connect(":memory:", config=_config(file)) as connection:
        connection.execute(f"ATTACH {_quoted(file)} AS old")
        # What stands in the write-ahead log has to be in the file before another takes its place.
        connection.execute("FORCE CHECKPOINT old")
        connection.execute(f"ATTACH {_quoted(draft)} AS new")
        draft.chmod(0o600)
        connection.execute("COPY FROM DATABASE old TO new")
        connection.execute("DETACH new")
        connection.execute("DETACH old")
    for log in (_log(file), _log(draft)):
        if log.exists():
            raise StoreError(
                f"DuckDB left {log}, so that {file} was not written anew.", "Run this again."
            )


def _remove(draft: Path) -> None:
    draft.unlink(missing_ok=True)
    _log(draft).unlink(missing_ok=True)


def _log(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _quoted(path: Path) -> str:
    """Return a path as SQL text; ATTACH takes no parameter."""
    return "'" + str(path).replace("'", "''") + "'"


def _spill_folder(file: Path) -> Path:
    return file.with_name(f".{file.name}.tmp")


def _config(file: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Return the settings of every connection; `file` says where it may spill."""
    return {
        "allow_community_extensions": "false",
        "allow_unsigned_extensions": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": _MEMORY_LIMIT,
        "threads": str(_THREADS),
        "temp_directory": str(_spill_folder(file)),
        "max_temp_directory_size": _TEMP_LIMIT,
    }


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    # Limits go in at connect: replaying a write-ahead log already obeys them.
    is_new = not file.exists()
    connection = duckdb.connect(str(file), config=_config(file))
    if is_new:
        file.chmod(0o600)
    # From here on SQL can touch no other file, fetch nothing and see no Python variable.
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _exclusive(file: Path, wait_seconds: float) -> AbstractContextManager[None]:
    def busy(holder: str) -> StoreBusyError:
        return StoreBusyError(
            f"{file} was in use by {holder} for more than {wait_seconds:g} s.",
            "Wait until that command has finished and run this one again.",
        )

    lock_file = file.with_name(f"{file.name}.lock")
    return held_lock(lock_file, wait_seconds=wait_seconds, busy=busy)


@contextmanager
def _converted_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as exc:
        text = str(exc)
        if "No space left" in text:
            raise DiskFullError(
                f"No space left for {file} or its temporary files.",
                "Free some space and run the same command again: it continues.",
            ) from exc
        if isinstance(exc, duckdb.IOException) and "Could not set lock" in text:
            raise StoreBusyError(
                f"{file} is open in another program that is not the workbench.",
                "Close that program (a DuckDB shell, a notebook) and run this again.",
            ) from exc
        if isinstance(exc, duckdb.OutOfMemoryException):
            raise StoreError(
                f"The query on {file} needs more than {_MEMORY_LIMIT} of memory.",
                f"Make sure that the disk has room for up to {_TEMP_LIMIT} of temporary files.",
            ) from exc
        raise StoreError(
            f"{file} cannot be used: {_first_line(text)}",
            "If the file is damaged, restore it from a backup, or move it away and import again.",
        ) from exc


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else "unknown error."
