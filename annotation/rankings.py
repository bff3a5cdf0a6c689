"""From rankings of three or four answers to preferences between each two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotation.aggregate import is_simulated, rater_name
from annotation.label_folder import Revision
from annotation.tasks import RANKING
from workbench.majority import deciding, majority


@dataclass(frozen=True, slots=True)
class RankedPair:
    """What rankings say of two answers of one record.

    Attributes:
        better: Side of the preferred answer, such as `a`; the first of the two in a draw.
        worse: Side of the other one.
        decided: Whether more than half prefer the same one; a tie prefers neither.
        raters: Opaque names of those who decided.
        agreement: Share of them on the side that won, in 0-1; without one, of those who tie.
        simulated: Whether scripted annotators decided; they do only where no person answered.
    """

    better: str
    worse: str
    decided: bool
    raters: tuple[str, ...]
    agreement: float
    simulated: bool


def judge_ranking(submitted: Sequence[Revision]) -> tuple[RankedPair, ...]:
    """Return what a record's rankings say of each two of its answers, in the order of the sides.

    Ranks are compared as numbers, so two answers of one rank are a tie, which is an opinion too:
    it takes more than half of all raters to prefer an answer. People's rankings set aside those of
    scripts.
    """
    answers = deciding(submitted, is_simulated)
    rankings = [orders(item.values[RANKING]) for item in answers]
    raters = tuple(sorted(rater_name(item.username) for item in answers))
    simulated = any(map(is_simulated, answers))
    return tuple(
        RankedPair(better, worse, decided, raters, agreement, simulated)
        for better, worse, decided, agreement in _compared(rankings)
    )


def orders(ranking: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """Return how a ranking puts each two answers, in the order of the sides.

    1 is the first above the second, -1 below it, 0 a tie; a smaller rank is better.
    """
    ranks = {item["value"]: item["rank"] for item in ranking}
    return {
        (one, other): (ranks[one] < ranks[other]) - (ranks[one] > ranks[other])
        for one, other in combinations(sorted(ranks), 2)
    }


def _compared(
    rankings: Sequence[Mapping[tuple[str, str], int]],
) -> Iterator[tuple[str, str, bool, float]]:
    for one, other in rankings[0]:
        signs = [order[one, other] for order in rankings]
        direction = majority(signs) or 0
        better, worse = (other, one) if direction < 0 else (one, other)
        agreement = round(signs.count(direction) / len(signs), 3)
        yield better, worse, direction != 0, agreement
