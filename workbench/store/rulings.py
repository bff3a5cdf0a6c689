"""What people said of the gate's findings: a rule undone for one row, or for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.store.clock import next_sequence, now

if TYPE_CHECKING:
    import duckdb

Ruling = Literal["undone", "restored"]
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rulings:
    """The rules that are not to be applied.

    Attributes:
        everywhere: Rules undone for all rows, each as `stage.rule`.
        by_row: Rules undone for single rows, by example id.
    """

    everywhere: frozenset[str] = _NOTHING
    by_row: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def are_undone(self, row_id: str, rule: str) -> bool:
        """Tell whether a rule, as `stage.rule`, was undone for a row."""
        return rule in self.everywhere or rule in self.by_row.get(row_id, _NOTHING)

    def muted(self, row_id: str) -> Mapping[str, frozenset[str]]:
        """Return the rules that were undone for a row by their stage, without its name."""
        if not self.everywhere and row_id not in self.by_row:
            return {}
        rules: dict[str, set[str]] = {}
        for rule in self.everywhere | self.by_row.get(row_id, _NOTHING):
            stage, _, name = rule.partition(".")
            rules.setdefault(stage, set()).add(name)
        return {stage: frozenset(names) for stage, names in rules.items()}


@dataclass(frozen=True, slots=True)
class RecordedRuling:
    """One thing that a person said; `row_id` is None for every row."""

    rule: str
    row_id: str | None
    ruling: Ruling
    reason: str
    ruled_at: str


def insert_ruling(
    connection: duckdb.DuckDBPyConnection,
    rule: str,
    row_id: str | None,
    ruling: Ruling,
    reason: str,
) -> None:
    """Record what a person said of a rule, for one row or for all."""
    connection.execute(
        "INSERT INTO rulings VALUES (?, ?, ?, ?, ?, ?)",
        [next_sequence(connection, "rulings"), rule, row_id, ruling, reason, now()],
    )


def list_rulings(connection: duckdb.DuckDBPyConnection) -> list[RecordedRuling]:
    """Return everything that was said, the first first."""
    rows = connection.execute(
        "SELECT rule, row_id, ruling, reason, ruled_at FROM rulings ORDER BY sequence"
    ).fetchall()
    return [RecordedRuling(*row) for row in rows]


def rulings_in_force(recorded: list[RecordedRuling]) -> Rulings:
    """Return how things stand: the last word on a rule and row counts.

    A word on every row ends what was said of single rows before it.
    """
    everywhere: set[str] = set()
    by_row: dict[str, set[str]] = {}
    for item in recorded:
        if item.row_id is None:
            for rules in by_row.values():
                rules.discard(item.rule)
        rules = everywhere if item.row_id is None else by_row.setdefault(item.row_id, set())
        (rules.add if item.ruling == "undone" else rules.discard)(item.rule)
    return Rulings(
        frozenset(everywhere), {row: frozenset(rules) for row, rules in by_row.items() if rules}
    )
