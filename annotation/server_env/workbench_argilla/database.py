"""Bring the database to the schema of this Argilla; never touch one of a newer Argilla."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

DATABASE_FILE = "argilla.db"
_DAMAGES = ("malformed", "not a database")


@contextmanager
def naming_damage(data: Path) -> Iterator[None]:
    """End with the name of the database if what is done with it finds it damaged.

    Raises:
        SystemExit: It is; nothing of it has been changed.
    """
    from sqlalchemy.exc import DatabaseError

    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        reason = str(getattr(error, "orig", error))  # as SQLite says it, without the statement
        if not any(sign in reason for sign in _DAMAGES):
            raise
        sys.exit(f"Error: The database {data / DATABASE_FILE} is damaged ({reason}).")


def upgrade(data: Path) -> None:
    """Migrate the database if its schema is older, after a copy of it was made beside it.

    Raises:
        SystemExit: A newer Argilla wrote it.
    """
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from argilla_server.cli.database.migrate import migrate_db
    from argilla_server.database import ALEMBIC_CONFIG_FILE
    from argilla_server.settings import settings

    script = ScriptDirectory.from_config(Config(ALEMBIC_CONFIG_FILE))
    current = _schema()
    if current == script.get_current_head():
        return
    if current and current not in {item.revision for item in script.walk_revisions()}:
        sys.exit(
            f"Error: The database has schema {current}, which this Argilla does not know: a newer "
            "one wrote it. Use that one, or restore a backup from before."
        )
    if current and settings.database_is_sqlite:
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        copy = data / f"{DATABASE_FILE}.before-upgrade-{now}"
        copy_database(data / DATABASE_FILE, copy)
        print(f"The database is of an older Argilla; a copy is kept as {copy}.", flush=True)
    migrate_db("head")


def copy_database(file: Path, copy: Path) -> None:
    """Copy a SQLite database as it stands between two transactions."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def journal_mode(version: tuple[int, int, int]) -> str:
    """Return WAL where SQLite's WAL-reset bug is fixed, else the rollback journal.

    The bug could lose a commit when two connections meet a checkpoint; it is fixed in 3.51.3 and
    in 3.50.7 and 3.44.6. PERSIST is the rollback journal without making a file per commit.
    """
    fixed = version >= (3, 51, 3) or any(
        version[:2] == release[:2] and version >= release for release in ((3, 50, 7), (3, 44, 6))
    )
    return "WAL" if fixed else "PERSIST"


def _schema() -> str | None:
    """Return the revision of the database's schema; None if it is empty."""
    from alembic.runtime.migration import MigrationContext
    from argilla_server.database import sync_engine

    with sync_engine.connect() as connection:
        revision: str | None = MigrationContext.configure(connection).get_current_revision()
    sync_engine.dispose()
    return revision
