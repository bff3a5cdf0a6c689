"""Several answers to one input as pairs: the best one against each that is strictly worse."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.importing.refusals import RowRefusedError
from workbench.curation.importing.rows import json_type

_TEXT_KEYS = ("text", "response", "answer", "completion", "content", "output")
_RATING_KEYS = ("rating", "score", "overall_score")
# People rate a handful of answers; an input on more rows than this is an instruction for all.
_MAX_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """One of several answers; a higher rating is better."""

    text: str
    rating: float


@dataclass(frozen=True, slots=True)
class BestAgainstWorse:
    """The best answer, those that are strictly worse, and how many others share its rating."""

    best: str
    worse: tuple[str, ...]
    n_ties: int


def best_against_worse(answers: Sequence[RatedAnswer]) -> BestAgainstWorse:
    """Return the pairs that ratings give.

    Of several best ones the first stands for all. Two answers of equal rating make no pair, and
    neither do two of the worse ones: only the best is what a model should learn.
    """
    top = max(answer.rating for answer in answers)
    best = next(answer for answer in answers if answer.rating == top)
    worse = tuple(answer.text for answer in answers if answer.rating < top)
    return BestAgainstWorse(best.text, worse, len(answers) - len(worse) - 1)


def read_answers(value: object, ratings: object, column: str, *, ranked: bool) -> list[RatedAnswer]:
    """Return the answers of a list.

    Args:
        value: Texts, or objects with a text and perhaps a rating.
        ratings: A number for each answer; None if the objects hold them, or the order ranks.
        column: The column of the answers, for messages.
        ranked: Numbers are ranks, of which 1 is best; without numbers the first answer is best.

    Raises:
        RowRefusedError: It is no such list, or a rating is missing.
    """
    if not isinstance(value, list) or len(value) < 2:
        what = f"a list of {len(value)}" if isinstance(value, list) else json_type(value)
        raise RowRefusedError("wrong_type", f"Column {column} holds {what}, not several answers.")
    texts = [_text_of(item, column) for item in value]
    numbers = _numbers(value, ratings, column, ranked=ranked)
    sign = -1 if ranked else 1
    return [RatedAnswer(text, sign * n) for text, n in zip(texts, numbers, strict=True)]


def carries_ratings(answers: Sequence[object]) -> bool:
    """Say whether answers are objects that hold a rating each."""
    return any(_rating_of(answer) is not None for answer in answers)


def rates_answers(rows: Iterable[tuple[object, object, object]]) -> bool:
    """Say whether rows of input, answer and rating rate several answers to each input.

    Most ratings must be numbers, and most inputs stand on other rows with other answers: a file of
    examples may have a score too, but it has its inputs once.
    """
    answers: dict[str, set[str]] = defaultdict(set)
    seen = []
    for text, answer, rating in rows:
        answers[str(text)].add(str(answer))
        seen.append((str(text), math.isfinite(_as_number(rating))))
    n_alike = sum(1 < len(answers[text]) <= _MAX_ANSWERS for text, _ in seen)
    n_rated = sum(is_rated for _, is_rated in seen)
    return 2 * min(n_alike, n_rated) > len(seen)


def read_rating(value: object, column: str) -> float:
    """Return a rating as a number.

    Raises:
        RowRefusedError: It is none.
    """
    number = _as_number(value)
    if not math.isfinite(number):
        raise RowRefusedError("missing_rating", f"A rating of column {column} is no number.")
    return number


def _numbers(value: list[object], ratings: object, column: str, *, ranked: bool) -> list[float]:
    if ratings is None and ranked:
        return [float(rank) for rank in range(1, len(value) + 1)]
    found = [_rating_of(item) for item in value] if ratings is None else ratings
    if not isinstance(found, list) or len(found) != len(value):
        raise RowRefusedError(
            "missing_rating", f"The {len(value)} answers of column {column} lack ratings."
        )
    return [read_rating(item, column) for item in found]


def _text_of(item: object, column: str) -> str:
    found = (
        next((item[key] for key in _TEXT_KEYS if key in item), None)
        if isinstance(item, Mapping)
        else item
    )
    if not isinstance(found, str) or not found.strip():
        raise RowRefusedError("empty_value", f"An answer of column {column} holds no text.")
    return found


def _rating_of(item: object) -> object:
    if not isinstance(item, Mapping):
        return None
    return next((item[key] for key in _RATING_KEYS if key in item), None)


def _as_number(value: object) -> float:
    """Return a number, or NaN where the value is none."""
    try:
        return float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return math.nan
