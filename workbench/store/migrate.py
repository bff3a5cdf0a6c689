"""Bring a database to the schema of this release, one numbered migration at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources

import duckdb

from workbench.errors import SchemaVersionError

_NAME = re.compile(r"^(\d{4})_(\w+)\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Return every migration of this release in order."""
    found = []
    for entry in resources.files("workbench.store").joinpath("migrations").iterdir():
        if match := _NAME.match(entry.name):
            found.append(Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.number)


def migrate(
    connection: duckdb.DuckDBPyConnection, known: list[Migration] | None = None
) -> list[int]:
    """Apply what is missing, each migration and its record in one transaction.

    Returns: The numbers that were applied.

    Raises:
        SchemaVersionError: The database was written by a newer release.
    """
    planned = migrations() if known is None else known
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations "
        "(number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at VARCHAR NOT NULL)"
    )
    current = _current(connection)
    newest = planned[-1].number if planned else 0
    if current > newest:
        raise SchemaVersionError(
            f"The store has schema {current}; this release knows {newest}.",
            "Use the release of the workbench that wrote it, or a newer one.",
        )
    applied = []
    for migration in planned:
        if migration.number > current:
            _apply(connection, migration)
            applied.append(migration.number)
    return applied


def _current(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    return int(row[0]) if row else 0


def _apply(connection: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    connection.begin()
    try:
        connection.execute(migration.sql)
        connection.execute(
            "INSERT INTO migrations VALUES (?, ?, ?)",
            [migration.number, migration.name, datetime.now(UTC).isoformat(timespec="seconds")],
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
