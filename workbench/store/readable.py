"""The tables of the store that people may query: all but the encrypted originals and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_TABLES = {
    "sources": "SELECT * FROM sources",
    "quarantine": "SELECT source_id, line, reason, detail FROM quarantine",
    "decisions": "SELECT * FROM decisions",
    "versions": "SELECT * FROM versions",
    "leakage_checks": "SELECT * FROM leakage_checks",
    "version_rows": "SELECT * FROM version_rows",
}


def read_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """Return a copy of each table by name."""
    return {
        name: connection.execute(statement).to_arrow_table() for name, statement in _TABLES.items()
    }
