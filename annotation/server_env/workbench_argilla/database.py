"""The SQLite file of the index: opening, transactions, and telling when it is damaged.

Every process of the server opens it: the rollback journal and immediate transactions let them take
turns. A damaged file is marked; the launcher, which starts first and alone, then begins it anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

FORMAT = 2
_BUSY_SECONDS = 30.0
_CACHE_KIBIBYTES = 32 * 1024
_JOURNAL_BYTES = 4 * 2**20
_SCHEMA = (
    "CREATE TABLE datasets (id TEXT PRIMARY KEY, layout TEXT NOT NULL, "
    "vectors_changed INTEGER NOT NULL DEFAULT 0)"
)
_SUFFIXES = ("", "-journal", "-wal", "-shm", "-damaged")
_DAMAGES = ("malformed", "not a database", "corrupt", "disk image")


class DamagedIndexError(RuntimeError):
    """The file of the index is damaged; the next start of the server builds it anew."""


class Database:
    """The open file. Thread-safe: one connection, one at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._db = _connect(file)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read; several statements see the same state only within this process."""
        with self._lock, self._watched():
            yield self._db

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with self._lock, self._watched():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # SQLite rolls some failures back by itself
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            _mark(self._file).touch()
            raise DamagedIndexError(
                f"The search index is damaged ({error}). Stop the server and start it again: "
                "it builds the index anew from its database."
            ) from error


def make_ready(file: Path) -> None:
    """Begin a file anew that is damaged, of another format, or not there; before anybody opens it.

    Raises:
        sqlite3.OperationalError: Another process holds the file.
    """
    if not _is_whole(file):
        for suffix in _SUFFIXES:
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        db = _connect(file)
        db.execute("BEGIN IMMEDIATE")
        db.execute(_SCHEMA)
        db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
        db.close()


def _is_whole(file: Path) -> bool:
    if _mark(file).exists() or not file.exists():
        return False
    try:
        with contextlib.closing(_connect(file)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                return False
            return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            return False
        raise


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = PERSIST")
        db.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
    except BaseException:
        db.close()
        raise
    return db


def _mark(file: Path) -> Path:
    return Path(f"{file}-damaged")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(sign in str(error) for sign in _DAMAGES)
