"""Copy a SQLite database of Argilla, check it and say what is in it.

Usage: `python -m workbench_argilla.database_copy FILE [COPY]`. Prints one line of JSON. It runs on
the server's own SQLite: a database in use is read by the library that writes it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from contextlib import closing
from pathlib import Path

from .sqlite_library import use_newest_sqlite

_TABLES = ("users", "datasets", "records", "responses")
_BUSY_SECONDS = 30.0


def main() -> None:
    """Copy, check and describe."""
    use_newest_sqlite()
    import sqlite3

    file, *copy = map(Path, sys.argv[1:])
    try:
        if copy:
            _copy(file, copy[0])
        print(json.dumps(_describe(copy[0] if copy else file)))
    except sqlite3.Error as error:
        sys.exit(f"Error: {error}")


def _copy(file: Path, copy: Path) -> None:
    import sqlite3

    address = f"{file.resolve().as_uri()}?mode=rw"  # never makes an empty one
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, whichever SQLite opens it next


def _describe(file: Path) -> dict[str, object]:
    import sqlite3

    address = f"{file.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as database:
        (state,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise sqlite3.DatabaseError(state)
        (schema,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        counts = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
            for table in _TABLES
        }
    return {
        "argilla": importlib.metadata.version("argilla-server"),
        "schema": schema,
        "schema_known": _is_known(schema),
        **counts,
    }


def _is_known(schema: str) -> bool:
    found = importlib.util.find_spec("argilla_server")
    folders = found.submodule_search_locations if found else None
    return any(
        path.name.startswith(f"{schema}_")
        for folder in folders or ()
        for path in Path(folder, "alembic", "versions").glob("*.py")
    )


if __name__ == "__main__":
    main()
