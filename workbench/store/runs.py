"""Training runs and lineage: what was made from what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench.store.clock import next_sequence, now

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of lineage.

    Attributes:
        child: What was made, such as `version:1f…` or `run:sft-…`.
        parent: What it was made from, such as `source:…`.
        relation: How, such as `imported from`, `made from`, `trained on`.
    """

    child: str
    parent: str
    relation: str


def insert_run(connection: duckdb.DuckDBPyConnection, record: Mapping[str, Any]) -> None:
    """Append a run's record unless it says what the last one said."""
    run_id = str(record["run_id"])
    text = json.dumps(dict(record), sort_keys=True, ensure_ascii=False, default=str)
    last = connection.execute(
        "SELECT arg_max(record, sequence) FROM runs WHERE run_id = ?", [run_id]
    ).fetchone()
    if last and last[0] == text:
        return
    connection.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            next_sequence(connection, "runs"),
            run_id,
            str(record.get("kind", "")),
            str(record.get("status", "")),
            str(record.get("version", "")),
            text,
            now(),
        ],
    )


def list_runs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the last record of every run, the one that began last first."""
    rows = connection.execute(
        "SELECT arg_max(record, sequence), min(sequence) AS began "
        "FROM runs GROUP BY run_id ORDER BY began DESC"
    ).fetchall()
    return [json.loads(row[0]) for row in rows]


def insert_edges(connection: duckdb.DuckDBPyConnection, edges: Sequence[Edge]) -> None:
    """Add the lineage edges that are not there yet."""
    for edge in edges:
        connection.execute(
            "INSERT INTO lineage SELECT $child, $parent, $relation WHERE NOT EXISTS "
            "(SELECT 1 FROM lineage WHERE child = $child AND parent = $parent "
            "AND relation = $relation)",
            {"child": edge.child, "parent": edge.parent, "relation": edge.relation},
        )


def list_edges(
    connection: duckdb.DuckDBPyConnection, node: str, direction: Literal["parents", "children"]
) -> list[Edge]:
    """Return the edges from or to a node."""
    rows = connection.execute(
        "SELECT child, parent, relation FROM lineage "
        "WHERE ($up AND child = $node) OR (NOT $up AND parent = $node) ORDER BY ALL",
        {"up": direction == "parents", "node": node},
    ).fetchall()
    return [Edge(*row) for row in rows]
