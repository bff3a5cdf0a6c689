"""Open an SQLite file that only spares work: all that it holds can be computed again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_WAIT_SECONDS = 60.0


@contextmanager
def open_cache(file: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Open a cache that only we can read; one that is damaged is begun anew.

    Args:
        file: Made with its folder if it is not there.
        schema: A statement that makes its table if that is not there.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        connection = _connect(file, schema)
    except sqlite3.DatabaseError:
        file.unlink(missing_ok=True)
        connection = _connect(file, schema)
    with closing(connection):
        yield connection


def _connect(file: Path, schema: str) -> sqlite3.Connection:
    file.touch(mode=0o600)
    connection = sqlite3.connect(file, timeout=_WAIT_SECONDS)
    try:
        connection.execute(schema)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
