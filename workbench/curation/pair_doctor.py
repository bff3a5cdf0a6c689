"""The doctor of preference pairs: which to drop, mend or look at, and what ails the whole set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.pair_agreement import (
    contradicting_pairs,
    near_duplicate_pairs,
    repeated_pairs,
)
from workbench.curation.pair_balance import judge_balance
from workbench.curation.pair_rows import (
    PairFinding,
    PairRow,
    SetFinding,
    answer_key,
    prompt_key,
)
from workbench.curation.quality_rules import DoctorRules
from workbench.curation.similarity import word_similarity
from workbench.curation.word_hashes import hash_words


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor found.

    Attributes:
        findings: By pair id; a pair that is dropped has one finding, its reason.
        balance: Measurements of the pairs that are kept.
        kept: Ids of the pairs that no finding drops, sorted.
    """

    findings: tuple[PairFinding, ...]
    balance: tuple[SetFinding, ...]
    kept: tuple[str, ...]


def diagnose(
    rows: Iterable[PairRow],
    rules: DoctorRules,
    *,
    near_prompts: Iterable[tuple[str, str]] = (),
    missing_in_chosen: Mapping[str, Sequence[str]] | None = None,
) -> Diagnosis:
    """Examine a set of preference pairs.

    Pairs that are broken by themselves go first, then repetitions, then circles; so no pair goes
    because of one that is itself dropped for being broken. The kept pairs, examined again, give no
    finding that drops one. Nothing depends on the order of rows.

    Args:
        rows: The pairs, each id once.
        rules: From where on to speak.
        near_prompts: Ids of pairs whose prompts were verified to be near-duplicates.
        missing_in_chosen: By pair id, the fields of the task that its chosen answer lacks
            (`shape.missing_fields`).
    """
    left = sorted(rows, key=lambda row: row.pair_id)
    dropped: list[PairFinding] = []
    for examine in (_broken_pairs, repeated_pairs, contradicting_pairs):
        found = examine(left)
        gone = {finding.pair_id for finding in found}
        left = [row for row in left if row.pair_id not in gone]
        dropped += found
    remarks = [
        *_alike_sides(left, rules.max_side_similarity),
        *near_duplicate_pairs(left, near_prompts, min_similarity=rules.min_near_similarity),
        *_incomplete_chosen(left, missing_in_chosen or {}),
    ]
    return Diagnosis(
        tuple(sorted([*dropped, *remarks], key=lambda found: (found.pair_id, found.rule))),
        tuple(judge_balance(left, rules)),
        tuple(row.pair_id for row in left),
    )


def _broken_pairs(rows: Sequence[PairRow]) -> list[PairFinding]:
    problems = ((row.pair_id, _problem(row)) for row in rows)
    return [
        PairFinding(pair_id, problem[0], "drop", problem[1])
        for pair_id, problem in problems
        if problem
    ]


def _problem(row: PairRow) -> tuple[str, str] | None:
    """Return the rule that a pair breaks by itself, and the reason."""
    for side, text in (("chosen", row.chosen), ("rejected", row.rejected)):
        if not text.strip():
            return "empty", f"The {side} answer is empty."
    if not any(turn["content"].strip() for turn in row.prompt):
        return "empty", "The prompt is empty."
    if row.rejected_prompt is not None and prompt_key(row.rejected_prompt) != prompt_key(
        row.prompt
    ):
        return "prompt_mismatch", "The two answers belong to different prompts."
    if row.strength == 0:
        return "tie", "Neither answer was preferred."
    if answer_key(row.chosen) == answer_key(row.rejected):
        return "identical", "Both answers are the same."
    return None


def _alike_sides(rows: Sequence[PairRow], most: float) -> list[PairFinding]:
    chosen = hash_words([row.chosen for row in rows])
    rejected = hash_words([row.rejected for row in rows])
    findings = []
    for index, row in enumerate(rows):
        similarity = word_similarity(chosen.of(index), rejected.of(index))
        if similarity > most:
            findings.append(
                PairFinding(
                    row.pair_id,
                    "alike_sides",
                    "flag",
                    f"{100 * similarity:.0f} % of both answers is the same: little to learn.",
                    {"similarity": round(similarity, 3)},
                )
            )
    return findings


def _incomplete_chosen(
    rows: Sequence[PairRow], missing: Mapping[str, Sequence[str]]
) -> list[PairFinding]:
    return [
        PairFinding(
            row.pair_id,
            "incomplete_chosen",
            "fix",
            f"The chosen answer lacks {', '.join(missing[row.pair_id])}.",
            {"missing": list(missing[row.pair_id])},
        )
        for row in rows
        if missing.get(row.pair_id)
    ]
