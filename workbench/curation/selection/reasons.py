"""Why a selection left rows out: one decision with a score for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from workbench.curation.selection.choice import (
    Pool,
    Selection,
    ground_similarity,
    target_similarity,
)
from workbench.curation.selection.coverage import cover_gain
from workbench.curation.selection.rules import SelectionRules
from workbench.store import Decision

STAGE = "select"
_SCORE_DIGITS = 3
_NO_SCORES: Mapping[str, float | None] = MappingProxyType({})


def left_out(
    pool: Pool,
    selection: Selection,
    rules: SelectionRules,
    *,
    targets: Sequence[str] = (),
    difficulties: Mapping[str, float | None] = _NO_SCORES,
) -> list[Decision]:
    """Return a decision for each candidate that was not chosen, in the order of their ids.

    Args:
        pool: The candidates.
        selection: What was chosen of them.
        rules: By what, and how many.
        targets: What `select` was given.
        difficulties: The IFD score of each candidate by its id, for `ifd`.
    """
    chosen = set(selection.places)
    scores = _scores(pool, selection, rules, targets, difficulties)
    counts = {"kept": len(chosen), "candidates": len(pool.candidates)}
    return [
        Decision(
            candidate.row_id,
            STAGE,
            rules.by,
            "drop",
            _reason(rules, scores[place]),
            counts if scores[place] is None else {"score": scores[place], **counts},
        )
        for place, candidate in enumerate(pool.candidates)
        if place not in chosen
    ]


def _scores(
    pool: Pool,
    selection: Selection,
    rules: SelectionRules,
    targets: Sequence[str],
    difficulties: Mapping[str, float | None],
) -> Sequence[float | None]:
    """Return what each candidate is worth by the rule; None where that cannot be told."""
    if rules.by == "similarity":
        return _rounded(target_similarity(pool, targets, rules.seed).max(axis=0))
    if rules.by == "diversity":
        similarity = ground_similarity(pool, rules.seed)
        covered = np.maximum(similarity[list(selection.places)].max(axis=0), 0).astype(np.float64)
        return _rounded([cover_gain(row, covered) / covered.size for row in similarity])
    if rules.by == "length":
        return [candidate.n_tokens for candidate in pool.candidates]
    if rules.by == "ifd":
        return _rounded([difficulties[candidate.row_id] for candidate in pool.candidates])
    return [None] * len(pool.candidates)


def _rounded(values: npt.NDArray[np.float32] | Sequence[float | None]) -> list[float | None]:
    return [None if value is None else round(float(value), _SCORE_DIGITS) for value in values]


def _reason(rules: SelectionRules, score: float | None) -> str:
    limit = f"up to {rules.limit}"
    if rules.by == "similarity":
        return (
            f"Its input is {score:.3f} like the nearest target (1: equal); the nearest rows of "
            f"each target were kept, {limit}."
        )
    if rules.by == "diversity":
        return (
            f"It would add {score:.3f} to how well the kept rows cover all (0 to 1); those that "
            f"add most were kept, {limit}."
        )
    if rules.by == "length":
        return f"It has {score} tokens; the longest rows were kept, {limit}."
    if rules.by == "random":
        return f"It was not drawn: rows were kept by chance, {limit}."
    return _difficulty_reason(score, limit)


def _difficulty_reason(difficulty: float | None, limit: str) -> str:
    if difficulty is None:
        return "Its difficulty (IFD) cannot be told: nothing to score, or longer than the model's."
    if difficulty > 1:
        return (
            f"Its difficulty (IFD) is {difficulty:.3f}: above 1 the prompt makes the answer less "
            f"likely, and such rows are kept last."
        )
    return f"Its difficulty (IFD) is {difficulty:.3f}; the most difficult rows were kept, {limit}."
