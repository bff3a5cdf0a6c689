"""One rule's decisions of a version: how many rows, and some of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.store.decisions import Decision

if TYPE_CHECKING:
    import duckdb

_OF_RULE = "version = $version AND stage = $stage AND rule = $rule"


def count_rows_by_action(connection: duckdb.DuckDBPyConnection, version: str) -> dict[str, int]:
    """Return how many rows a version dropped, edited or flagged; a row counts once an action."""
    rows = connection.execute(
        "SELECT action, count(DISTINCT row_id) FROM decisions WHERE version = ? GROUP BY action",
        [version],
    ).fetchall()
    return dict(rows)


def count_finding(
    connection: duckdb.DuckDBPyConnection, version: str, stage: str, rule: str
) -> dict[str, int]:
    """Return of how many rows a rule spoke on the way to a version, per action."""
    rows = connection.execute(
        f"SELECT action, count(DISTINCT row_id) FROM decisions WHERE {_OF_RULE} "  # noqa: S608 - a constant
        "GROUP BY action ORDER BY action",
        {"version": version, "stage": stage, "rule": rule},
    ).fetchall()
    return dict(rows)


def sample_finding(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    stage: str,
    rule: str,
    *,
    n_rows: int,
    seed: int,
) -> list[Decision]:
    """Return what a rule said of some rows, in the order of a hash of seed and row.

    The same seed always draws the same rows, whatever the order in which they were recorded.
    """
    named = {"version": version, "stage": stage, "rule": rule}
    ids = connection.execute(
        f"SELECT row_id FROM decisions WHERE {_OF_RULE} GROUP BY row_id "  # noqa: S608 - a constant
        "ORDER BY md5($seed || row_id), row_id LIMIT $n",
        {**named, "seed": f"{seed}:", "n": n_rows},
    ).fetchall()
    order = [row[0] for row in ids]
    return sorted(
        _decisions_on(connection, named, order), key=lambda item: order.index(item.row_id)
    )


def _decisions_on(
    connection: duckdb.DuckDBPyConnection, named: dict[str, str], row_ids: Sequence[str]
) -> list[Decision]:
    rows = connection.execute(
        "SELECT row_id, stage, rule, action, reason, evidence FROM decisions "  # noqa: S608 - a constant
        f"WHERE {_OF_RULE} AND row_id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY rowid",
        {**named, "ids": list(row_ids)},
    ).fetchall()
    return [Decision(row[0], row[1], row[2], row[3], row[4], json.loads(row[5])) for row in rows]
