"""Bring the judgments database to this release's schema, one numbered file at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select

from workbench.errors import SchemaVersionError
from workbench.judgments.tables import schema_version

_FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> int:
    """Apply the migrations that the database lacks, each with its record in one transaction.

    Returns: The schema version that the database now has.

    Raises:
        SchemaVersionError: A newer release wrote the database.
    """
    steps = _steps()
    with engine.begin() as connection:
        schema_version.create(connection, checkfirst=True)
        current = _current(connection)
    if current > len(steps):
        raise SchemaVersionError(
            f"The judgments database has schema {current}; this release knows {len(steps)}.",
            "Update the workbench to the release that wrote it.",
        )
    for number in range(current + 1, len(steps) + 1):
        with engine.begin() as connection:
            _apply(connection, number, steps[number - 1])
    return len(steps)


def _apply(connection: Connection, number: int, script: str) -> None:
    if _current(connection) >= number:
        return  # another process was faster
    for statement in script.split(";"):
        connection.exec_driver_sql(statement)
    applied_at = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(insert(schema_version).values(number=number, applied_at=applied_at))


def _current(connection: Connection) -> int:
    return connection.scalar(select(func.max(schema_version.c.number))) or 0


def _steps() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("[0-9]*.sql"))]
