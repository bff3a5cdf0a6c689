"""Which SQLite the server runs on: the one of the `pysqlite3` wheel, where there is one.

It is newer than the fix of the WAL-reset bug (`database.journal_mode`), so that the write-ahead log
can be used: a commit is one fsync instead of four, and nobody waits for a reader. Without the wheel
Python's own SQLite serves, with the journal that suits it.
"""

from __future__ import annotations

import importlib.util
import sys


def use_newest_sqlite() -> None:
    """Let `import sqlite3` mean the newest one; before anything imports it."""
    if importlib.util.find_spec("pysqlite3") is None:
        return
    import pysqlite3
    import pysqlite3.dbapi2

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
