"""The SQLite file of the index: opening, transactions, and telling when it is damaged.

Every process of the server opens it: the rollback journal and immediate transactions let them take
turns. A damaged file is marked, and the web server that found it so ends (`ending_on_damage`); the
next one, which opens the file first and alone, then begins it anew.
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
    """The file of the index is damaged; the web server ends and the next one builds it anew."""


class IndexFile:
    """The open file. Thread-safe: one connection, one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db = _connect(path)
        self._inode = path.stat().st_ino

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read the state that the last write left."""
        with self._turn() as db:
            yield db

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with self._turn() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                if db.in_transaction:  # SQLite rolls some failures back by itself
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextlib.contextmanager
    def _turn(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._follow()
                yield self._db
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                _mark(self._path).touch()
                raise DamagedIndexError(
                    f"The search index is damaged ({error}). The server builds it anew from its "
                    "database."
                ) from error

    def _follow(self) -> None:
        """Open the file that stands there now, if another process began it anew."""
        inode = self._path.stat().st_ino
        if inode != self._inode:
            self._db.close()
            self._db, self._inode = _connect(self._path), inode


def make_ready(path: Path) -> None:
    """Begin a file anew that is damaged, of another format, or not there; before anybody opens it.

    Raises:
        sqlite3.OperationalError: Another process holds the file.
    """
    if not _is_whole(path):
        _building(path).touch()
        for suffix in _SUFFIXES:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        db = _connect(path)
        db.execute("BEGIN IMMEDIATE")
        db.execute(_SCHEMA)
        db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
        db.close()


def note_built(path: Path) -> None:
    """Take the mark away that tells that the index is being built anew."""
    _building(path).unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    if _mark(path).exists() or not path.exists():
        return False
    try:
        with contextlib.closing(_connect(path)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                return False
            return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            return False
        raise


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = PERSIST")
        db.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
    except BaseException:
        db.close()
        raise
    return db


def _mark(path: Path) -> Path:
    return Path(f"{path}-damaged")


def _building(path: Path) -> Path:
    """Return the mark that `annotation.server.status` looks for."""
    return Path(f"{path}-building")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(sign in str(error) for sign in _DAMAGES)
