"""Measure how much personal data a scanner finds in a user's own texts, kind by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.personal_data.canaries import Canary, canary_kinds, plant
from workbench.curation.personal_data.kinds import UNMARKED
from workbench.curation.personal_data.scan import Scanner
from workbench.evaluation.statistics import wilson


@dataclass(frozen=True, slots=True)
class KindRecall:
    """How many canaries of a kind were found.

    Attributes:
        kind: One of `KINDS` or of `UNMARKED`, or "all".
        n_found: Canaries of which no letter or digit was left.
        n_planted: Canaries planted.
        low: Lower end of the 95 % interval of the recall (Wilson), in 0-1.
        high: Upper end.
        missed_forms: How many were missed of each form that any was missed of.
    """

    kind: str
    n_found: int
    n_planted: int
    low: float
    high: float
    missed_forms: Mapping[int, int]

    @property
    def recall(self) -> float:
        """Share of canaries found, in 0-1."""
        return self.n_found / self.n_planted


def measure_recall(
    texts: Sequence[str], scanner: Scanner, *, per_kind: int = 200, seed: int = 0
) -> tuple[KindRecall, ...]:
    """Plant canaries of every kind that a scanner looks for, and count those it finds.

    The interval is of the canaries' forms in these texts; what people write may differ.

    Args:
        texts: The user's texts.
        scanner: What is measured.
        per_kind: Canaries of each kind, 1 or more.
        seed: The same seed gives the same numbers.

    Returns: One entry a kind in the order of the alphabet, one for all of them, and one for each of
        `UNMARKED`, which do not count among all.
    """

    def of_kind(kind: str) -> KindRecall:
        canaries = plant(texts, kind, count=per_kind, seed=seed)
        return _recall(kind, per_kind, _missed(canaries, scanner))

    measured = [of_kind(kind) for kind in sorted(scanner.kinds & canary_kinds())]
    n_all = sum(each.n_planted for each in measured)
    n_missed = n_all - sum(each.n_found for each in measured)
    unmarked = [of_kind(each) for each, kind in UNMARKED.items() if kind in scanner.kinds]
    return (*measured, _recall("all", n_all, {-1: n_missed} if n_missed else {}), *unmarked)


def _missed(canaries: Sequence[Canary], scanner: Scanner) -> Counter[int]:
    """Count by form the canaries of which anything is left."""
    found = scanner.find_all([canary.text for canary in canaries])
    return Counter(
        canary.form
        for canary, findings in zip(canaries, found, strict=True)
        if _is_left(canary, [(each.start, each.end) for each in findings])
    )


def below_floor(
    measured: Sequence[KindRecall], floor: float, floors: Mapping[str, float] | None = None
) -> tuple[KindRecall, ...]:
    """Return the kinds whose recall is below what is asked for.

    Args:
        measured: What `measure_recall` returned.
        floor: Least recall of every kind and of all, in 0-1; those of `UNMARKED` have none.
        floors: Other floors of single kinds; "all" names that of all of them.
    """
    asked = {**dict.fromkeys(UNMARKED, 0.0), **(floors or {})}
    return tuple(each for each in measured if each.recall < asked.get(each.kind, floor))


def _recall(kind: str, n_planted: int, missed: Mapping[int, int]) -> KindRecall:
    n_found = n_planted - sum(missed.values())
    return KindRecall(kind, n_found, n_planted, *wilson(n_found, n_planted), dict(missed))


def _is_left(canary: Canary, covered: Sequence[tuple[int, int]]) -> bool:
    return any(
        canary.text[place].isalnum() and not any(low <= place < high for low, high in covered)
        for place in range(canary.start, canary.end)
    )
