"""What people said of the gate's findings: a rule undone for one row, or for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.store.clock import next_sequence, now

if TYPE_CHECKING:
    import duckdb

Ruling = Literal["undone", "restored", "accepted"]
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
    """One thing that a person said; `row_id` is None for every row.

    `accepted` says that a person looked at the row and agrees with the rule: curation goes on as
    if nothing had been said.
    """

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


def words_in_force(recorded: Sequence[RecordedRuling]) -> list[RecordedRuling]:
    """Return the rules that stand undone and the rows that stand accepted, the last said first.

    A word on every row ends what was said of single rows before it. `accepted` never ends that a
    rule is undone; to undo a rule ends that it was accepted.
    """
    standing: dict[tuple[str, str | None, bool], RecordedRuling] = {}
    for item in recorded:
        accepts = item.ruling == "accepted"
        if item.row_id is None and not accepts:
            standing = {key: kept for key, kept in standing.items() if key[0] != item.rule}
        key = (item.rule, item.row_id, accepts)
        standing.pop(key, None)
        if item.ruling == "undone":
            standing.pop((item.rule, item.row_id, True), None)
        if item.ruling != "restored":
            standing[key] = item
    return list(reversed(standing.values()))


def rulings_in_force(recorded: Sequence[RecordedRuling]) -> Rulings:
    """Return which rules are not to be applied: the last word on a rule and row counts."""
    everywhere: set[str] = set()
    by_row: dict[str, set[str]] = {}
    for item in words_in_force(recorded):
        if item.ruling == "undone":
            rules = everywhere if item.row_id is None else by_row.setdefault(item.row_id, set())
            rules.add(item.rule)
    return Rulings(frozenset(everywhere), {row: frozenset(rules) for row, rules in by_row.items()})
