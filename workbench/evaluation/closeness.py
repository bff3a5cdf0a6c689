"""How close one person's answers are to reference answers to the same items.

Pairs are (said, reference). A measure of no pair at all is not measured: None, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sacrebleu.metrics.chrf import CHRF

Measure = Literal["equal", "distance", "similarity"]


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close answers to one question are to the reference.

    Attributes:
        measure: `equal`: share of equal choices, in 0-1; `distance`: mean absolute difference, in
            points of the scale; `similarity`: mean chrF of texts, in 0-1.
        value: The number; None if nothing could be compared.
        n_equal: Pairs that are exactly equal.
        n: Pairs compared.
    """

    measure: Measure
    value: float | None
    n_equal: int
    n: int


def equal_share(pairs: Sequence[tuple[object, object]]) -> Closeness:
    """Return the share of pairs whose two values are equal."""
    return _closeness("equal", pairs, [float(said == wanted) for said, wanted in pairs])


def mean_distance(pairs: Sequence[tuple[int, int]]) -> Closeness:
    """Return the mean absolute difference of two ratings."""
    return _closeness("distance", pairs, [float(abs(said - wanted)) for said, wanted in pairs])


def mean_similarity(pairs: Sequence[tuple[str, str]]) -> Closeness:
    """Return the mean chrF of two texts (Popović 2015, by sacrebleu), spaces at the ends left out.

    It is an F-score over runs of up to six characters, so it needs no words and takes a time that
    grows with the length of the texts; an edit distance takes the square of it.
    """
    trimmed = [(said.strip(), wanted.strip()) for said, wanted in pairs]
    # chrF calls two empty texts wholly unlike
    values = [1.0 if said == wanted else _chrf_score(said, wanted) for said, wanted in trimmed]
    return _closeness("similarity", trimmed, values)


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, in 0-1, whichever comes first.

    It is chrF with beta 1, which weighs what one text has too much as what it lacks; its usual beta
    of 2 is for a reference, and gives two texts another likeness in each order.
    """
    if one.strip() == other.strip():
        return 1.0  # chrF calls two empty texts wholly unlike
    return _chrf_score(one, other, beta=1)


def _closeness(
    measure: Measure, pairs: Sequence[tuple[object, object]], values: Sequence[float]
) -> Closeness:
    n_equal = sum(said == wanted for said, wanted in pairs)
    return Closeness(measure, fmean(values) if values else None, n_equal, len(pairs))


def _chrf_score(said: str, wanted: str, *, beta: int = 2) -> float:
    return float(_chrf(beta).sentence_score(said, [wanted]).score) / 100


@lru_cache(maxsize=2)
def _chrf(beta: int) -> CHRF:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(beta=beta)
