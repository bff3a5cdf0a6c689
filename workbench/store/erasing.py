"""What goes when sources are erased, and which rows they alone hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Rows of the sources `$ids`, each once.
_ROWS = (
    "SELECT DISTINCT example_id FROM examples WHERE source_id IN (SELECT unnest($ids::VARCHAR[]))"
)
# Those of them that a source with a key holds as well.
_ELSEWHERE = f"""
    SELECT DISTINCT example_id FROM ({_ROWS}) JOIN examples o USING (example_id)
    JOIN source_keys k ON k.source_id = o.source_id
    WHERE o.source_id NOT IN (SELECT unnest($ids::VARCHAR[]))
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class SealedContent:
    """What the keys of some sources open, and what goes with them.

    Attributes:
        n_rows: Imported rows, each content once.
        n_elsewhere: Those of them that other sources hold as well, so that they stay there.
        n_quarantined: Rows that could not be imported.
        n_edited: Rows of which the before and after of an edit is kept.
        n_fixes: Texts that people wrote by hand.
        n_labels: Labelled sentences.
    """

    n_rows: int
    n_elsewhere: int
    n_quarantined: int
    n_edited: int
    n_fixes: int
    n_labels: int


def sealed_content(
    connection: duckdb.DuckDBPyConnection, source_ids: Collection[str]
) -> SealedContent:
    """Count what is sealed with the keys of sources."""
    row = connection.execute(
        f"WITH ids AS (SELECT unnest($ids::VARCHAR[]) AS source_id) "  # noqa: S608 - constants
        f"SELECT (SELECT count(*) FROM ({_ROWS})), (SELECT count(*) FROM ({_ELSEWHERE})), "
        "(SELECT count(*) FROM quarantine SEMI JOIN ids USING (source_id)), "
        "(SELECT count(DISTINCT v.row_id) FROM version_edits v "
        " JOIN edits e USING (edits_id) SEMI JOIN ids ON ids.source_id = e.source_id), "
        "(SELECT count(*) FROM corrections SEMI JOIN ids USING (source_id)), "
        "(SELECT count(DISTINCT sentence_id) FROM sentence_labels SEMI JOIN ids USING (source_id))",
        {"ids": list(source_ids)},
    ).fetchone()
    return SealedContent(*row) if row else SealedContent(0, 0, 0, 0, 0, 0)


def rows_of(connection: duckdb.DuckDBPyConnection, source_ids: Collection[str]) -> list[str]:
    """Return the ids of all rows of sources, sorted."""
    rows = connection.execute(f"{_ROWS} ORDER BY example_id", {"ids": list(source_ids)}).fetchall()
    return [row[0] for row in rows]


def versions_with(
    connection: duckdb.DuckDBPyConnection, source_ids: Collection[str]
) -> dict[str, int]:
    """Return how many rows of each version no source with a key holds besides these, if any."""
    rows = connection.execute(
        "SELECT version, count(*) FROM version_rows WHERE example_id IN "  # noqa: S608 - constants
        f"({_ROWS} EXCEPT ({_ELSEWHERE})) GROUP BY version ORDER BY version",
        {"ids": list(source_ids)},
    ).fetchall()
    return {row[0]: int(row[1]) for row in rows}
