"""The gate of preference pairs: what becomes of the rows that hold a rejected output.

Such a row stands for an example and for a pair. The rules for examples speak of its chosen answer,
so what they drop is lost for both; but for the stage `duplicates`: rows of one ranked list repeat
an example and are different pairs. Whether pairs repeat or contradict each other says the doctor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.curation.duplicates import exact
from workbench.curation.leakage import report as leak_report
from workbench.curation.leakage.report import LeakReport
from workbench.curation.leakage.rows import LeakSearch
from workbench.curation.pairs.doctor import STAGE, Diagnosis, diagnose
from workbench.curation.pairs.prompts import near_prompts
from workbench.curation.pairs.rows import PairRow, SetFinding
from workbench.curation.recipe import Recipe
from workbench.curation.spool import SpooledRow, read_spool
from workbench.curation.survivors import Survivor
from workbench.records import Message
from workbench.store import Decision, Rulings

HELD_BACK = "held_back"
# What these say of a row holds for its example alone: pairs are searched for leaks on their own.
_OF_EXAMPLES = (exact.STAGE, leak_report.STAGE)
PUBLISHED_SPLITS = ("train", "validation")
_WHY_HELD_BACK = {
    "test": "Its prompt is of the test split, which is for comparison only.",
    "feedback": "Its prompt is of the feedback split, which is set aside for votes.",
}


@dataclass(frozen=True, slots=True)
class ExampleGate:
    """What the gate made of the rows as examples.

    Attributes:
        preferences: Ids of all rows that came with a rejected output.
        rows: The rows that passed the rules for one row.
        decisions: Everything that was decided.
        placed: Split and group of each row, of those too that were dropped as repetitions.
        published: The same of the examples that are left.
    """

    preferences: frozenset[str]
    rows: Sequence[Survivor]
    decisions: Sequence[Decision]
    placed: Mapping[str, tuple[str, str]]
    published: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PairPlace:
    """Where a pair belongs; pairs of one prompt have the same `example_id`, published or not."""

    split: str
    group: str
    example_id: str


@dataclass(frozen=True, slots=True)
class PairGateResult:
    """What curation decided of preference pairs.

    Attributes:
        n_rows: Rows with a rejected output that were looked at.
        decisions: Every decision on them as pairs, in the order of stages, within a stage by row.
        places: Where each pair that is kept belongs, by the id of its row.
        balance: Measurements of the pairs that are kept.
        leaks: What the training pairs that are kept share with rows of the other splits and with
            evaluation files.
    """

    n_rows: int
    decisions: tuple[Decision, ...]
    places: Mapping[str, PairPlace]
    balance: tuple[SetFinding, ...]
    leaks: LeakReport

    def kept_rows(self, spool: Path) -> Iterator[tuple[SpooledRow, PairPlace]]:
        """Yield the rows of the pairs that are left, in the order of ids."""
        for row in read_spool(spool):
            if place := self.places.get(row.example_id):
                yield row, place


def judge_pairs(
    gate: ExampleGate, spool: Path, recipe: Recipe, rulings: Rulings, search: LeakSearch
) -> PairGateResult | None:
    """Decide which preference pairs are published; None if no row holds a rejected output.

    Args:
        gate: What became of the rows as examples.
        spool: Where the texts wait.
        recipe: The rules.
        rulings: The rules that were undone.
        search: Finds what training pairs share with evaluation rows and files.
    """
    if not gate.preferences:
        return None
    decisions = [*_shared_decisions(gate, rulings)]
    gone = {decision.row_id for decision in decisions if decision.action == "drop"}
    left = [
        row
        for row in gate.rows
        if row.is_preference and row.row_id not in gone and row.row_id in gate.placed
    ]
    places = {row.row_id: gate.placed[row.row_id] for row in left}
    held_back = [*_judge_splits(places)]
    places = _without(places, held_back)
    leaks, n_searched = search(_splits(places, gate.published), with_rejected=True), len(places)
    leaking = [
        decision
        for decision in leaks.judge(recipe.leakage)
        if not rulings.are_undone(decision.row_id, f"{decision.stage}.{decision.rule}")
    ]
    places = _without(places, leaking)
    found = _diagnosis(spool, places, recipe, rulings)
    kept = {row: places[row] for row in found.kept}
    if len(kept) < n_searched:
        leaks = search(_splits(kept, gate.published), with_rejected=True)
    prompts = _prompt_ids(left, gate)
    return PairGateResult(
        len(gate.preferences),
        (*decisions, *held_back, *leaking, *found.decisions),
        {row: PairPlace(*place, prompts[row]) for row, place in kept.items()},
        found.balance,
        leaks.report,
    )


def _shared_decisions(gate: ExampleGate, rulings: Rulings) -> Iterator[Decision]:
    """Yield what was decided of the rows as examples and holds for their pairs.

    A row that went as a repetition has the example of its keeper: what drops that one later, such
    as an unusual length, drops the repetition too.
    """
    repetitions: dict[str, list[str]] = {}
    shared = [decision for decision in gate.decisions if decision.stage not in _OF_EXAMPLES]
    for decision in gate.decisions:
        if f"{decision.stage}.{decision.rule}" == exact.EXACT_RULE:
            repetitions.setdefault(decision.evidence["keeper"], []).append(decision.row_id)
    yield from (decision for decision in shared if decision.row_id in gate.preferences)
    for decision in shared:
        if decision.action == "drop":
            for row in sorted(gate.preferences.intersection(repetitions.get(decision.row_id, ()))):
                if not rulings.are_undone(row, f"{decision.stage}.{decision.rule}"):
                    yield replace(decision, row_id=row)


def _judge_splits(places: Mapping[str, tuple[str, str]]) -> Iterator[Decision]:
    for row, (split, _) in sorted(places.items()):
        if split not in PUBLISHED_SPLITS:
            reason = _WHY_HELD_BACK[split]
            yield Decision(row, STAGE, HELD_BACK, "drop", reason, {"split": split})


def _without(
    places: Mapping[str, tuple[str, str]], decisions: Iterable[Decision]
) -> dict[str, tuple[str, str]]:
    gone = {decision.row_id for decision in decisions if decision.action == "drop"}
    return {row: place for row, place in places.items() if row not in gone}


def _splits(
    pairs: Mapping[str, tuple[str, str]], examples: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """Return the split of each pair, and of each example that no pair may leak from."""
    evaluated = {row: split for row, (split, _) in examples.items() if split != "train"}
    return evaluated | {row: split for row, (split, _) in pairs.items()}


def _diagnosis(
    spool: Path, places: Mapping[str, tuple[str, str]], recipe: Recipe, rulings: Rulings
) -> Diagnosis:
    rows = [_pair_row(row) for row in read_spool(spool) if row.example_id in places]
    return diagnose(
        rows,
        recipe.pairs,
        near_prompts=near_prompts(rows, threshold=recipe.duplicates.near_threshold),
        rulings=rulings,
    )


def _pair_row(row: SpooledRow) -> PairRow:
    # the input stands for the prompt: the template around it is the same everywhere
    prompt = (Message(role="user", content=row.input),)
    return PairRow(row.example_id, prompt, row.output, row.rejected or "")


def _prompt_ids(rows: Iterable[Survivor], gate: ExampleGate) -> dict[str, str]:
    """Return for each row the id that stands for its prompt.

    It is the published example with the same input, else the pair with the least id.
    """
    preferences = sorted(rows, key=lambda row: row.row_id)
    wanted = {row.likeness.input_key for row in preferences}
    published = sorted(
        (row for row in gate.rows if row.row_id in gate.published), key=lambda row: row.row_id
    )
    first: dict[str, str] = {}
    for row in (*published, *preferences):
        if row.likeness.input_key in wanted:
            first.setdefault(row.likeness.input_key, row.row_id)
    return {row.row_id: first[row.likeness.input_key] for row in preferences}
