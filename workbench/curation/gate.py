"""The gate: what each rule of the recipe says of the imported rows, and what is left of them.

Rows pass the row stages in batches, in the order of their ids; then the set stages compare them
with one another. Only digests stay in memory, the texts wait in a private staging file. Nothing
depends on the order in which rows were imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from workbench.curation.duplicates.exact import EXACT_RULE, judge_duplicates
from workbench.curation.duplicates.near_rows import NearRows, judge_near
from workbench.curation.duplicates.semantic_rows import find_semantic_rows, judge_semantic
from workbench.curation.judging.row_pass import JudgedRow
from workbench.curation.leakage.report import LeakReport, LeakScale
from workbench.curation.leakage.rows import LeakSearch, RowLeaks, find_row_leaks, refusing
from workbench.curation.leakage.semantic_pairs import semantic_pairs
from workbench.curation.leakage.texts import LeakTexts
from workbench.curation.pairs.gate import ExampleGate, PairGateResult, judge_pairs
from workbench.curation.placing import judge_placement, place
from workbench.curation.quality.agreement import judge_agreement
from workbench.curation.quality.heuristics import QualityBatch
from workbench.curation.quality.truncated import judge_truncated
from workbench.curation.quality.whole_set import QualitySet
from workbench.curation.recipe import Recipe
from workbench.curation.spool import SpooledRow, SpoolWriter, read_spool
from workbench.curation.static_model import Encoder
from workbench.curation.survivors import Survivor, survivor_of
from workbench.progress import Progress
from workbench.store import Decision, Rulings


@dataclass(frozen=True, slots=True)
class OutsideFiles:
    """What the recipe names beside the imported rows.

    Attributes:
        encoder: Gives the vectors of the rules that compare meaning; None while all are off.
        evaluation: Texts of the evaluation files that training rows are searched for.
    """

    encoder: Encoder | None = None
    evaluation: LeakTexts = field(default_factory=LeakTexts)

    def needed_encoder(self) -> Encoder:
        """Return the encoder for a rule that compares meaning."""
        if self.encoder is None:
            raise ValueError("The recipe compares meaning, and no encoder was given.")
        return self.encoder


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
        leaks: What training rows share with the other splits' rows and with evaluation files.
        refusals: Decisions of which the recipe says that nothing is published while they stand, on
            pairs as well.
        spool: File with the texts of the examples that passed the row stages.
        pairs: What was decided of the preference pairs; None if no row holds a rejected output.
    """

    n_rows: int
    decisions: list[Decision]
    places: dict[str, tuple[str, str]]
    leaks: LeakReport
    refusals: tuple[Decision, ...]
    spool: Path
    pairs: PairGateResult | None = None

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
    progress: Progress,
    outside: OutsideFiles,
) -> GateResult:
    """Apply every rule of a recipe.

    Args:
        judged_batches: The examples in the order of their ids, each id once, as the row stages
            judged them.
        recipe: The rules for the set.
        rulings: The rules that were undone.
        frozen: Split of each row in the version before, by id.
        spool: Where the texts wait; in a private staging folder.
        progress: Told of the rows judged so far, and of what comes then.
        outside: The model and the evaluation files that the recipe names.
    """
    passed = _collect(judged_batches, spool, progress)
    progress.update(passed.n_rows, note="comparing rows")
    gate = _SetGate(rulings, passed.survivors)
    gate.apply(judge_truncated(gate.rows, recipe.complete.truncated))
    tying = gate.rows  # rows that are dropped as repetitions still tie what they stood with
    gate.apply(judge_duplicates([row.likeness for row in gate.rows], recipe.duplicates))
    repeated = _apply_repetitions(gate, passed.near, spool, recipe, outside)
    alike = passed.near.inputs(gate.rows, spool, recipe.duplicates.near_threshold)
    gate.apply(judge_agreement(gate.rows, spool, passed.quality, alike, recipe.quality))
    placed = place(tying, (*repeated, *alike.groups), recipe, frozen)
    gate.enforce(judge_placement(placed))
    progress.update(passed.n_rows, note="looking for leaks")
    search = _leak_search(spool, recipe, rulings, outside)
    leaks = _apply_leakage(gate, placed.places, recipe, search)
    kept = {row.row_id for row in gate.rows}
    decisions = passed.decisions + gate.decisions
    places = {row: where for row, where in placed.places.items() if row in kept}
    as_examples = ExampleGate(
        frozenset(passed.preferences), tying, decisions, placed.places, places
    )
    pairs = judge_pairs(as_examples, spool, recipe, rulings, search)
    return GateResult(
        passed.n_rows,
        decisions,
        places,
        leaks.report,
        refusing([*gate.decisions, *(pairs.decisions if pairs else ())], recipe.leakage),
        spool,
        pairs,
    )


@dataclass(slots=True)
class _RowsPassed:
    """What the row stages said, and what the set stages need of the rows that they left.

    Attributes:
        n_rows: Rows judged.
        decisions: Every decision of the row stages.
        preferences: Ids of the rows that were imported with a rejected output.
        survivors: The rows that are left, in the order of their ids.
        quality: What the rules on quality compare of these.
        near: What is compared of these to find near-duplicates.
    """

    n_rows: int = 0
    decisions: list[Decision] = field(default_factory=list)
    preferences: set[str] = field(default_factory=set)
    survivors: list[Survivor] = field(default_factory=list)
    quality: QualitySet = field(default_factory=QualitySet)
    near: NearRows = field(default_factory=NearRows)

    def add(self, judged: Sequence[JudgedRow], left: Sequence[JudgedRow]) -> None:
        self.survivors += map(survivor_of, left)
        self.quality.add(_quality_batch(left))
        self.near.add([row.texts for row in left])
        self.decisions += (decision for row in judged for decision in row.decisions)
        self.preferences |= {row.row.example_id for row in judged if "rejected" in row.row.texts}
        self.n_rows += len(judged)


def _collect(
    judged_batches: Iterable[Sequence[JudgedRow]], spool: Path, progress: Progress
) -> _RowsPassed:
    passed = _RowsPassed()
    with SpoolWriter(spool) as waiting:
        for judged in judged_batches:
            left = [row for row in judged if not row.verdict.is_dropped]
            waiting.add(left)
            passed.add(judged, left)
            progress.update(passed.n_rows)
    return passed


class _SetGate:
    """The rows that the set stages have left so far, and what was decided."""

    def __init__(self, rulings: Rulings, rows: list[Survivor]) -> None:
        self._rulings = rulings
        self.rows = rows
        self.decisions: list[Decision] = []

    def apply(self, decisions: Iterable[Decision]) -> None:
        """Take note of a stage's decisions, but for those that were undone, and drop its rows."""
        self.enforce(
            decision
            for decision in decisions
            if not self._rulings.are_undone(decision.row_id, f"{decision.stage}.{decision.rule}")
        )

    def enforce(self, decisions: Iterable[Decision]) -> None:
        """Apply decisions that nobody can undo."""
        taken = list(decisions)
        self.decisions += taken
        dropped = {decision.row_id for decision in taken if decision.action == "drop"}
        self.rows = [row for row in self.rows if row.row_id not in dropped]

    def apply_to_likes(self, decisions: Iterable[Decision]) -> None:
        """Apply a stage's decisions on rows that are like others.

        Whoever says that two equal rows are two says so of rows that are alike as well.
        """
        self.apply(d for d in decisions if not self._rulings.are_undone(d.row_id, EXACT_RULE))


def _apply_repetitions(
    gate: _SetGate, near: NearRows, spool: Path, recipe: Recipe, outside: OutsideFiles
) -> list[tuple[str, ...]]:
    """Apply the rules on rows that repeat others without being equal; return which they tie."""
    rules = recipe.duplicates
    found = near.whole(gate.rows, spool, rules.near_threshold)
    gate.apply_to_likes(judge_near(found, rules))
    groups = [*found.groups]
    if rules.semantic != "off":
        encoder = outside.needed_encoder()
        alike = find_semantic_rows(gate.rows, spool, encoder, rules.semantic_threshold)
        gate.apply_to_likes(judge_semantic(alike, rules))
        groups += alike.groups
    return groups


def _leak_search(
    spool: Path, recipe: Recipe, rulings: Rulings, outside: OutsideFiles
) -> LeakSearch:
    """Return the search for leaks that a recipe asks for, given the split of each row."""
    by_meaning = None
    if recipe.leakage.semantic != "off":
        by_meaning = partial(
            semantic_pairs,
            encoder=outside.needed_encoder(),
            threshold=recipe.leakage.semantic_threshold,
        )
    return partial(
        find_row_leaks,
        spool,
        files=outside.evaluation,
        scale=LeakScale(recipe.leakage, rulings),
        semantic=by_meaning,
    )


def _apply_leakage(
    gate: _SetGate, places: Mapping[str, tuple[str, str]], recipe: Recipe, search: LeakSearch
) -> RowLeaks:
    """Apply the rules on leakage and return what the rows that are left share."""

    def leaks_of_rows_left() -> RowLeaks:
        return search({row.row_id: places[row.row_id][0] for row in gate.rows})

    leaks, n_rows = leaks_of_rows_left(), len(gate.rows)
    gate.apply(leaks.judge(recipe.leakage))
    return leaks if len(gate.rows) == n_rows else leaks_of_rows_left()


def _quality_batch(rows: Sequence[JudgedRow]) -> QualityBatch:
    return QualityBatch(
        [row.row.example_id for row in rows],
        [row.texts["input"] for row in rows],
        [row.texts["output"] for row in rows],
    )
