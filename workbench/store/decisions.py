"""What each stage said of a row, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import duckdb

Action = Literal["drop", "edit", "flag"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One stage's word on one row.

    Attributes:
        row_id: The example or the pair.
        stage: Stage of curation, such as `duplicates`.
        rule: Rule within the stage, such as `exact`.
        action: `drop` leaves the row out, `edit` changed its text, `flag` only says something.
        reason: A sentence.
        evidence: Counts, places and ids that prove it; never personal data.
    """

    row_id: str
    stage: str
    rule: str
    action: Action
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as a version recorded it."""

    version: str
    decision: Decision
    config_digest: str


@dataclass(frozen=True, slots=True)
class DecisionTally:
    """How many rows a rule dropped, edited or flagged; `for_row` is one of them."""

    stage: str
    rule: str
    action: Action
    n_rows: int
    for_row: str


def insert_decisions(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    decisions: Sequence[Decision],
    config_digest: str,
) -> None:
    """Add the decisions that led to a version."""
    import pyarrow as pa

    columns = {
        "version": [version] * len(decisions),
        "row_id": [decision.row_id for decision in decisions],
        "stage": [decision.stage for decision in decisions],
        "rule": [decision.rule for decision in decisions],
        "action": [decision.action for decision in decisions],
        "reason": [decision.reason for decision in decisions],
        "evidence": [json.dumps(dict(decision.evidence), sort_keys=True) for decision in decisions],
        "config_digest": [config_digest] * len(decisions),
    }
    table = pa.table(columns, schema=pa.schema([(name, pa.string()) for name in columns]))
    connection.register("incoming", table)
    try:
        connection.execute("INSERT INTO decisions SELECT * FROM incoming")
    finally:
        connection.unregister("incoming")


def list_decisions(
    connection: duckdb.DuckDBPyConnection, *, row_id: str | None, version: str | None
) -> list[RecordedDecision]:
    """Return decisions in the order in which they were recorded."""
    rows = connection.execute(
        "SELECT version, row_id, stage, rule, action, reason, evidence, config_digest "
        "FROM decisions WHERE ($row IS NULL OR row_id = $row) "
        "AND ($version IS NULL OR version = $version) ORDER BY rowid",
        {"row": row_id, "version": version},
    ).fetchall()
    return [
        RecordedDecision(
            version=row[0],
            decision=Decision(row[1], row[2], row[3], row[4], row[5], json.loads(row[6])),
            config_digest=row[7],
        )
        for row in rows
    ]


def count_decisions(
    connection: duckdb.DuckDBPyConnection, stage: str, rule: str, *, row_id: str | None
) -> int:
    """Return how many rows a rule spoke of in any version; of one row, or of all."""
    row = connection.execute(
        "SELECT count(DISTINCT row_id) FROM decisions WHERE stage = $stage AND rule = $rule "
        "AND ($row IS NULL OR row_id = $row)",
        {"stage": stage, "rule": rule, "row": row_id},
    ).fetchone()
    return int(row[0]) if row else 0


def dropping_rules(connection: duckdb.DuckDBPyConnection, version: str) -> dict[str, str]:
    """Return, for each row that a version left out, the rule that did, as `stage.rule`."""
    rows = connection.execute(
        "SELECT row_id, min_by(stage || '.' || rule, rowid) FROM decisions "
        "WHERE version = ? AND action = 'drop' GROUP BY row_id",
        [version],
    ).fetchall()
    return dict(rows)


def tally(connection: duckdb.DuckDBPyConnection, version: str) -> list[DecisionTally]:
    """Return how often each rule spoke on the way to a version, in the order of first words."""
    rows = connection.execute(
        "SELECT stage, rule, action, count(DISTINCT row_id), min(row_id) FROM decisions "
        "WHERE version = ? GROUP BY stage, rule, action ORDER BY min(rowid)",
        [version],
    ).fetchall()
    return [DecisionTally(*row) for row in rows]
