"""When, and in which order, things were recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import duckdb

_Sequenced = Literal[
    "source_events",
    "publications",
    "runs",
    "quarantine_fixes",
    "rulings",
    "corrections",
    "leakage_checks",
    "sentence_labels",
]


def now() -> str:
    """Return the time in UTC as ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def next_sequence(connection: duckdb.DuckDBPyConnection, table: _Sequenced) -> int:
    """Return the next number of a log table; safe because one process writes at a time."""
    statement = f"SELECT coalesce(max(sequence), 0) + 1 FROM {table}"  # noqa: S608 - one of our names
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 1
