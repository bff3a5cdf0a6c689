"""The doctor of preference pairs: which to drop or look at, and what ails the whole set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from workbench.curation.duplicates.similarity import word_similarity
from workbench.curation.pairs.agreement import (
    contradicting_pairs,
    near_duplicate_pairs,
    repeated_pairs,
)
from workbench.curation.pairs.balance import judge_balance, unbalancing_pairs
from workbench.curation.pairs.rows import (
    PairFinding,
    PairRow,
    SetFinding,
    answer_key,
    prompt_key,
)
from workbench.curation.quality.rules import Answer, DoctorRules
from workbench.curation.word_hashes import hash_words
from workbench.store import Decision, Rulings

STAGE = "pairs"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor found.

    Attributes:
        decisions: By pair id; a pair that is dropped has nothing said of it after that.
        balance: Measurements of the pairs that are kept.
        kept: Ids of the pairs that no decision drops, sorted.
    """

    decisions: tuple[Decision, ...]
    balance: tuple[SetFinding, ...]
    kept: tuple[str, ...]


def diagnose(
    rows: Iterable[PairRow],
    rules: DoctorRules,
    *,
    near_prompts: Iterable[tuple[str, str]] = (),
    missing_in_chosen: Mapping[str, Sequence[str]] | None = None,
    rulings: Rulings | None = None,
) -> Diagnosis:
    """Examine a set of preference pairs.

    Pairs that are broken by themselves go first, then repetitions, then circles; so no pair goes
    because of one that is itself dropped for being broken. The kept pairs, examined again, give no
    decision that drops one. Nothing depends on the order of rows.

    Args:
        rows: The pairs, each id once.
        rules: From where on to speak, and what to do.
        near_prompts: Ids of pairs whose prompts were verified to be near-duplicates.
        missing_in_chosen: By pair id, the fields of the task that its chosen answer lacks
            (`shape.missing_fields`).
        rulings: The rules that were undone.
    """
    ward = _Ward(rows, rules, rulings or Rulings())
    ward.examine(_broken_pairs)
    ward.examine(repeated_pairs)
    ward.examine(contradicting_pairs)
    ward.examine(partial(_alike_sides, most=rules.max_side_similarity))
    ward.examine(
        partial(
            near_duplicate_pairs,
            near_prompts=tuple(near_prompts),
            min_similarity=rules.min_near_similarity,
        )
    )
    ward.examine(partial(_incomplete_chosen, missing=missing_in_chosen or {}))
    ward.examine(partial(unbalancing_pairs, rules=rules))
    return Diagnosis(
        tuple(sorted(ward.decisions, key=lambda decision: decision.row_id)),
        tuple(judge_balance(ward.rows, rules)),
        tuple(row.pair_id for row in ward.rows),
    )


class _Ward:
    """The pairs that are left so far, in the order of ids, and what was decided."""

    def __init__(self, rows: Iterable[PairRow], rules: DoctorRules, rulings: Rulings) -> None:
        self.rows = sorted(rows, key=lambda row: row.pair_id)
        self.decisions: list[Decision] = []
        self._rules = rules
        self._rulings = rulings

    def examine(self, look: Callable[[Sequence[PairRow]], Iterable[PairFinding]]) -> None:
        """Do what the recipe asks about what is found, and leave out the pairs that go."""
        rows = {row.pair_id: row for row in self.rows}
        gone: set[str] = set()
        for found in look(self.rows):
            action = self._answer(found, rows[found.pair_id])
            if action == "off" or found.pair_id in gone:
                continue
            if action == "drop":
                gone.add(found.pair_id)
            self.decisions.append(
                Decision(found.pair_id, STAGE, found.rule, action, found.reason, found.evidence)
            )
        self.rows = [row for row in self.rows if row.pair_id not in gone]

    def _answer(self, found: PairFinding, row: PairRow) -> Answer:
        # nothing can be learned from these, whatever the recipe or a person says
        if found.rule == "empty" or (found.rule == "identical" and row.chosen == row.rejected):
            return "drop"
        if self._rulings.are_undone(found.pair_id, f"{STAGE}.{found.rule}"):
            return "off"
        return cast("Answer", getattr(self._rules, found.rule))


def _broken_pairs(rows: Sequence[PairRow]) -> Iterator[PairFinding]:
    for row in rows:
        for rule, reason in _problems(row):
            yield PairFinding(row.pair_id, rule, reason)


def _problems(row: PairRow) -> Iterator[tuple[str, str]]:
    """Yield the rules that a pair breaks by itself, the worst first, each with the reason."""
    for side, text in (("chosen", row.chosen), ("rejected", row.rejected)):
        if not text.strip():
            yield "empty", f"The {side} answer is empty."
    if not any(turn["content"].strip() for turn in row.prompt):
        yield "empty", "The prompt is empty."
    if row.rejected_prompt is not None and prompt_key(row.rejected_prompt) != prompt_key(
        row.prompt
    ):
        yield "prompt_mismatch", "The two answers belong to different prompts."
    if row.strength == 0:
        yield "tie", "Neither answer was preferred."
    if answer_key(row.chosen) == answer_key(row.rejected):
        yield "identical", "Both answers are the same."


def _alike_sides(rows: Sequence[PairRow], *, most: float) -> Iterator[PairFinding]:
    chosen = hash_words([row.chosen for row in rows])
    rejected = hash_words([row.rejected for row in rows])
    for index, row in enumerate(rows):
        similarity = word_similarity(chosen.of(index), rejected.of(index))
        if similarity > most:
            yield PairFinding(
                row.pair_id,
                "alike_sides",
                f"{100 * similarity:.0f} % of both answers is the same: little to learn.",
                {"similarity": round(similarity, 3)},
            )


def _incomplete_chosen(
    rows: Sequence[PairRow], *, missing: Mapping[str, Sequence[str]]
) -> Iterator[PairFinding]:
    for row in rows:
        if lacks := missing.get(row.pair_id):
            yield PairFinding(
                row.pair_id,
                "incomplete_chosen",
                f"The chosen answer lacks {', '.join(lacks)}.",
                {"missing": list(lacks)},
            )
