"""Open the judgments database: durable settings, migrations, many readers and one writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Pool, QueuePool, StaticPool, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from workbench.errors import StoreBusyError, StoreError
from workbench.judgments.migrations import migrate
from workbench.judgments.writer import GroupCommitWriter

_BUSY_TIMEOUT_SECONDS = 5.0
ResultT = TypeVar("ResultT")


class Judgments:
    """What people did, in one database. Thread-safe; close it when done."""

    def __init__(self, readers: Engine, writing: Engine) -> None:
        self._readers = readers
        self._writing = writing
        self._writer = GroupCommitWriter(writing)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state and cannot write.

        Raises:
            StoreBusyError: Another process held the database for longer than five seconds.
        """
        try:
            with self._readers.connect() as connection:
                yield connection
        except OperationalError as exc:
            raise StoreBusyError(
                "The judgments database is held by another process.", "Try again in a moment."
            ) from exc

    def write(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction and return its result once that is durable.

        Raises:
            NotSavedError: The write was refused; DiskFullError and StoreBusyError where they apply.
        """
        return self._writer.submit(work).result()

    def close(self) -> None:
        """Finish queued writes and let go of the file."""
        self._writer.close()
        self._writing.dispose()
        self._readers.dispose()

    def __enter__(self) -> Judgments:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_judgments(file: Path) -> Judgments:
    """Open the database, made or brought up to date as needed.

    Raises:
        StoreError: The file is not a judgments database.
        SchemaVersionError: A newer release wrote it.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (
        not file.exists()
    ):  # opening a live SQLite file by hand would drop this process's locks on it
        file.touch(mode=0o600)
    # The writer keeps one connection for life: its thread alone uses it.
    writing = _engine(file, "BEGIN IMMEDIATE", query_only=False, pool=StaticPool)
    try:
        migrate(writing)
    except OperationalError as exc:
        writing.dispose()
        raise StoreBusyError(
            f"{file} is held by another process, or cannot be written.", "Try again in a moment."
        ) from exc
    except DatabaseError as exc:
        writing.dispose()
        raise StoreError(
            f"{file} is not a readable judgments database.", "Restore it from a backup."
        ) from exc
    return Judgments(_engine(file, "BEGIN", query_only=True), writing)


def journal_mode(version: tuple[int, int, int]) -> str:
    """Return WAL where SQLite's WAL-reset bug is fixed, else the rollback journal.

    The bug could corrupt a database from 3.7.0 on; fixed in 3.51.3 and in 3.50.7 and 3.44.6.
    """
    fixed = version >= (3, 51, 3) or (
        version[:2] in ((3, 50), (3, 44))
        and version >= {50: (3, 50, 7), 44: (3, 44, 6)}[version[1]]
    )
    return "WAL" if fixed else "TRUNCATE"


def _engine(file: Path, begin: str, *, query_only: bool, pool: type[Pool] = QueuePool) -> Engine:
    engine = create_engine(
        f"sqlite:///{file}",
        connect_args={
            "isolation_level": None,  # transactions begin where we say so, below
            "check_same_thread": False,
            "timeout": _BUSY_TIMEOUT_SECONDS,
        },
        poolclass=pool,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, record: object) -> None:
        if not query_only:
            connection.execute(
                f"PRAGMA journal_mode={journal_mode(sqlite3.sqlite_version_info[:3])}"
            )
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA query_only={'ON' if query_only else 'OFF'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
