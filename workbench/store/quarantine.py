"""Rows that could not be imported, and what became of them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.store.clock import next_sequence, now
from workbench.store.encryption import SourceCipher
from workbench.store.originals import ACTIVE_SOURCES

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Entries of the sources in force that nobody mended, each with the last word on it.
_OPEN = f"""
    SELECT q.entry_id, q.source_id, a.file_name, q.locator, q.line, q.row_number,
           coalesce(f.reason, q.reason) AS reason, coalesce(f.detail, q.detail) AS detail, q.raw
    FROM (SELECT *, substr(sha256(source_id || ':' || row_number), 1, 16) AS entry_id
          FROM quarantine) q
    JOIN ({ACTIVE_SOURCES}) a USING (source_id)
    LEFT JOIN (SELECT entry_id, arg_max(outcome, sequence) AS outcome,
                      arg_max(reason, sequence) AS reason, arg_max(detail, sequence) AS detail
               FROM quarantine_fixes GROUP BY entry_id) f USING (entry_id)
    WHERE f.outcome IS DISTINCT FROM 'mended'
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not be imported.

    Attributes:
        entry_id: 16 hex digits.
        source_id: The file that it stands in.
        file_name: Its name.
        locator: Place in the file, such as `line 12`.
        line: 1-based line of the file, or number of the row where a file has no lines.
        row_number: Of the data row.
        reason: Stable short name.
        detail: A sentence that holds none of the row's text.
        raw: The row as it stood in the file; None once the source is erased.
    """

    entry_id: str
    source_id: str
    file_name: str
    locator: str
    line: int
    row_number: int
    reason: str
    detail: str
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class QuarantineFix:
    """What trying to mend an entry gave; `reason` and `detail` say why it is still bad."""

    entry_id: str
    source_id: str
    outcome: Literal["mended", "still_bad"]
    reason: str = ""
    detail: str = ""


def quarantine_schema() -> pa.Schema:
    """Return the columns of staged quarantine rows, in the order of the table."""
    import pyarrow as pa

    return pa.schema(
        [
            ("source_id", pa.string()),
            ("line", pa.int64()),
            ("reason", pa.string()),
            ("detail", pa.string()),
            ("raw", pa.binary()),
            ("locator", pa.string()),
            ("row_number", pa.int64()),
        ]
    )


def list_quarantine(
    connection: duckdb.DuckDBPyConnection,
    ciphers: Mapping[str, SourceCipher],
    *,
    limit: int | None,
) -> list[QuarantinedRow]:
    """Return the open entries, by file and place; all of them without a limit."""
    rows = connection.execute(
        f"{_OPEN} ORDER BY a.file_name, q.line, q.row_number, q.entry_id LIMIT ?",
        [limit],
    ).fetchall()
    return [
        QuarantinedRow(
            entry_id=row[0],
            source_id=row[1],
            file_name=row[2],
            locator=row[3],
            line=row[4],
            row_number=row[5],
            reason=row[6],
            detail=row[7],
            raw=ciphers[row[1]].decrypt(row[8]) if row[1] in ciphers else None,
        )
        for row in rows
    ]


def count_quarantine(
    connection: duckdb.DuckDBPyConnection, source_id: str | None
) -> dict[str, int]:
    """Return how many open entries a source has, or all in force have, per reason."""
    rows = connection.execute(
        f"SELECT reason, count(*) FROM ({_OPEN}) WHERE $id IS NULL OR source_id = $id "  # noqa: S608 - a constant
        "GROUP BY reason ORDER BY count(*) DESC, reason",
        {"id": source_id},
    ).fetchall()
    return {row[0]: int(row[1]) for row in rows}


def insert_fixes(connection: duckdb.DuckDBPyConnection, fixes: Sequence[QuarantineFix]) -> None:
    """Record what trying to mend some entries gave."""
    first = next_sequence(connection, "quarantine_fixes")
    for sequence, fix in enumerate(fixes, start=first):
        connection.execute(
            "INSERT INTO quarantine_fixes VALUES (?, ?, ?, ?, ?, ?, ?)",
            [fix.entry_id, fix.source_id, fix.outcome, fix.reason, fix.detail, now(), sequence],
        )
