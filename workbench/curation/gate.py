"""The gate: what each rule of the recipe says of the imported rows, and what is left of them.

Rows pass the row stages in batches, in the order of their ids; then the set stages compare them
with one another. Only digests stay in memory, the texts wait in a private staging file. Nothing
depends on the order in which rows were imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.agreement import judge_agreement
from workbench.curation.duplicates import EXACT_RULE, judge_duplicates
from workbench.curation.leak_report import LeakReport
from workbench.curation.leak_rows import find_row_leaks
from workbench.curation.near_rows import NearRows, judge_near
from workbench.curation.placing import judge_placement, place
from workbench.curation.quality import QualityBatch
from workbench.curation.quality_set import QualitySet
from workbench.curation.recipe import Recipe
from workbench.curation.row_pass import JudgedRow
from workbench.curation.spool import SpooledRow, SpoolWriter, read_spool
from workbench.curation.survivors import Survivor, survivor_of
from workbench.curation.truncated import judge_truncated
from workbench.store import Decision, Rulings


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One row as it is published, without its prompt."""

    row: SpooledRow
    split: str
    group: str


@dataclass(slots=True)
class GateResult:
    """What curation decided.

    Attributes:
        n_rows: Examples looked at.
        decisions: Every decision, in the order of stages, within a stage by row.
        places: Split and group of each example that is kept.
        leaks: What training rows share with the other splits' rows.
        spool: File with the texts of the examples that passed the row stages.
    """

    n_rows: int
    decisions: list[Decision]
    places: dict[str, tuple[str, str]]
    leaks: LeakReport
    spool: Path

    def kept_rows(self) -> Iterator[KeptRow]:
        """Yield what is left, in the order of ids."""
        for row in read_spool(self.spool):
            if place := self.places.get(row.example_id):
                yield KeptRow(row, *place)


def run_gate(
    judged_batches: Iterable[Sequence[JudgedRow]],
    recipe: Recipe,
    rulings: Rulings,
    frozen: Mapping[str, str],
    spool: Path,
    report: Callable[[int], None],
) -> GateResult:
    """Apply every rule of a recipe.

    Args:
        judged_batches: The examples in the order of their ids, each id once, as the row stages
            judged them.
        recipe: The rules for the set.
        rulings: The rules that were undone.
        frozen: Split of each row in the version before, by id.
        spool: Where the texts wait; in a private staging folder.
        report: Called with the number of rows judged so far.
    """
    decisions: list[Decision] = []
    survivors: list[Survivor] = []
    n_rows = 0
    quality, near = QualitySet(), NearRows()
    with SpoolWriter(spool) as waiting:
        for judged in judged_batches:
            left = [row for row in judged if not row.verdict.is_dropped]
            waiting.add(left)
            survivors += map(survivor_of, left)
            quality.add(_quality_batch(left))
            near.add([row.texts for row in left])
            decisions += (decision for row in judged for decision in row.decisions)
            n_rows += len(judged)
            report(n_rows)
    gate = _SetGate(rulings, survivors)
    gate.apply(judge_truncated(gate.rows, recipe.complete.truncated))
    tying = gate.rows  # rows that are dropped as repetitions still tie what they stood with
    gate.apply(judge_duplicates([row.likeness for row in gate.rows], recipe.duplicates))
    found = near.whole(gate.rows, spool, recipe.duplicates.near_threshold)
    # whoever says that two equal rows are two says so of nearly equal ones as well
    repeated = judge_near(found, recipe.duplicates)
    gate.apply(d for d in repeated if not rulings.are_undone(d.row_id, EXACT_RULE))
    alike = near.inputs(gate.rows, spool, recipe.duplicates.near_threshold)
    gate.apply(judge_agreement(gate.rows, spool, quality, alike, recipe.quality))
    placed = place(tying, (*found.groups, *alike.groups), recipe, frozen)
    gate.apply(judge_placement(placed))
    places = {row.row_id: placed.places[row.row_id] for row in gate.rows}
    leaks = find_row_leaks(spool, {row: split for row, (split, _) in places.items()})
    gate.apply(leaks.judge(recipe.leakage))
    kept = {row.row_id for row in gate.rows}
    if len(kept) < len(places):
        places = {row: where for row, where in places.items() if row in kept}
        leaks = find_row_leaks(spool, {row: split for row, (split, _) in places.items()})
    return GateResult(n_rows, decisions + gate.decisions, places, leaks.report, spool)


class _SetGate:
    """The rows that the set stages have left so far, and what was decided."""

    def __init__(self, rulings: Rulings, rows: list[Survivor]) -> None:
        self._rulings = rulings
        self.rows = rows
        self.decisions: list[Decision] = []

    def apply(self, decisions: Iterable[Decision]) -> None:
        """Take note of a stage's decisions, but for those that were undone, and drop its rows."""
        valid = [
            decision
            for decision in decisions
            if not self._rulings.are_undone(decision.row_id, f"{decision.stage}.{decision.rule}")
        ]
        self.decisions += valid
        dropped = {decision.row_id for decision in valid if decision.action == "drop"}
        self.rows = [row for row in self.rows if row.row_id not in dropped]


def _quality_batch(rows: Sequence[JudgedRow]) -> QualityBatch:
    return QualityBatch(
        [row.row.example_id for row in rows],
        [row.texts["input"] for row in rows],
        [row.texts["output"] for row in rows],
    )
