"""How far apart two answers to one question are, from 0 (the same) to 1 (opposite).

- verdict, ruling: 0 if equal, else 1
- choice, ratings: how many steps apart, as a share of the scale
- ranking: each two answers count 1 if they are put in opposite orders and 1/2 if one ranking ties
  them, as a share of all twos: Kendall's distance with penalty 1/2 (Fagin et al., "Comparing
  Partial Rankings", 2006)
- edited answer, correction: 1 less their likeness (chrF), at least 0.01 unless white space alone
  differs; between those who keep the row, or correct the finding

Marks, problems, reasons and remarks have no distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from annotation.rankings import orders
from annotation.tasks import (
    ACCEPT,
    ANSWER,
    CHOICE,
    CHOICES,
    CORRECT,
    CORRECTION,
    DROP,
    KEEP,
    RANKING,
    RATING_PREFIX,
    REJECT,
    RULING,
    SECOND_READER,
    VERDICT,
)
from workbench.evaluation.agreement import Scale
from workbench.evaluation.closeness import likeness

Value = str | int | list[dict[str, Any]]  # a label or text, a rating, a ranking

TEXTS = (ANSWER, CORRECTION)
# Only equality of these places tells anything.
_LABELS: Mapping[str, tuple[str, ...]] = {
    VERDICT: (DROP, KEEP, SECOND_READER),
    RULING: (ACCEPT, REJECT, CORRECT),
}
# chrF is blind to passages that change places between the same words.
_LEAST = 0.01
_RATING_SPAN = 9  # from 1 to 10
_SPANS = {CHOICE: 4, RANKING: 2}  # from -2 to 2; from below over tied to above


def is_measured(question: str) -> bool:
    """Tell whether two answers to a question have a distance."""
    return question in (*_LABELS, *_SPANS, *TEXTS) or question.startswith(RATING_PREFIX)


def counted_value(question: str, values: Mapping[str, Any]) -> Value | None:
    """Return what somebody says on a question that has a distance; None if nothing that counts.

    A text of somebody who would not keep the row, or not correct the finding, is never learned.
    """
    value: Value | None = values.get(question)
    if question == ANSWER and values.get(VERDICT) in (DROP, SECOND_READER):
        return None
    if question == CORRECTION:
        return str(value or "") if values.get(RULING) == CORRECT else None
    return value if is_measured(question) else None


def scale_of(question: str) -> Scale:
    """Return the scale on which answers to a question have `places`."""
    return "nominal" if question in _LABELS else "ordinal"


def places(question: str, value: Value | None) -> dict[str, int]:
    """Return where an answer stands on its question's scale, by what is judged there.

    That is one thing, without a name; of a ranking the order of each two answers. Empty if the
    question has no scale, or nothing was answered.
    """
    if question in _LABELS and isinstance(value, str):
        return {"": _LABELS[question].index(value)}
    if question == CHOICE and isinstance(value, str):
        return {"": CHOICES[value]}
    if question.startswith(RATING_PREFIX) and isinstance(value, int):
        return {"": value}
    if question == RANKING and isinstance(value, list):
        return {f"{one}-{other}": sign for (one, other), sign in orders(value).items()}
    return {}


def distance(question: str, one: Value, other: Value) -> float:
    """Return how far apart two values of `counted_value` are, in 0-1."""
    if question in TEXTS:
        return _texts_apart(str(one), str(other))
    ours, theirs = places(question, one), places(question, other)
    return fmean(_apart(question, place, theirs[unit]) for unit, place in ours.items())


def _texts_apart(one: str, other: str) -> float:
    if one.split() == other.split():
        return 0.0
    return max(_LEAST, 1 - likeness(one, other))


def _apart(question: str, one: int, other: int) -> float:
    if question in _LABELS:
        return float(one != other)
    return abs(one - other) / _SPANS.get(question, _RATING_SPAN)
