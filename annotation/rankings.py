"""From rankings of three or four answers to preferences between each two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

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
    rankings = [_ranks(item) for item in answers]
    raters = tuple(sorted(rater_name(item.username) for item in answers))
    simulated = any(map(is_simulated, answers))
    return tuple(
        RankedPair(better, worse, decided, raters, agreement, simulated)
        for better, worse, decided, agreement in _compared(rankings)
    )


def _compared(
    rankings: Sequence[Mapping[str, int]],
) -> Iterator[tuple[str, str, bool, float]]:
    for one, other in combinations(sorted(rankings[0]), 2):
        # a smaller rank is better
        signs = [(ranks[one] < ranks[other]) - (ranks[one] > ranks[other]) for ranks in rankings]
        direction = majority(signs) or 0
        better, worse = (other, one) if direction < 0 else (one, other)
        agreement = round(signs.count(direction) / len(signs), 3)
        yield better, worse, direction != 0, agreement


def _ranks(answer: Revision) -> dict[str, int]:
    return {item["value"]: item["rank"] for item in answer.values[RANKING]}
