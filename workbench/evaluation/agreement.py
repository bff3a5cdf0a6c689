"""How far several people agree: Krippendorff's alpha with its interval.

Klaus Krippendorff, "Content Analysis: An Introduction to Its Methodology", 2018; the interval is
his bootstrap ("Bootstrapping Distributions for Krippendorff's Alpha", 2006), as evalica has them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Scale = Literal["nominal", "ordinal"]
RESAMPLES = 2_000
LEVEL = 0.95
_SEED = 20_240
_MIN_UNITS = 2


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one rater said of one unit; `value` is a place on the scale."""

    unit: str
    rater: str
    value: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one question.

    Attributes:
        alpha: 1 is perfect, 0 is what chance gives; None if it is not defined.
        low: Lower end of the 95 % interval; None with it.
        high: Upper end; None with it.
        n_units: Units that at least two raters judged; the others tell nothing of agreement.
        n_opinions: Opinions on those.
        why_not: Why there is no alpha; empty if there is one.
    """

    alpha: float | None
    low: float | None
    high: float | None
    n_units: int
    n_opinions: int
    why_not: str = ""


def agreement(opinions: Iterable[Opinion], scale: Scale) -> Agreement:
    """Return Krippendorff's alpha of what raters said; the order of the opinions does not matter.

    Args:
        opinions: At most one of each rater on each unit.
        scale: `nominal` for labels, `ordinal` where more apart means more disagreement.
    """
    by_unit: dict[str, dict[str, int]] = defaultdict(dict)
    for opinion in opinions:
        by_unit[opinion.unit][opinion.rater] = opinion.value
    shared = {unit: given for unit, given in sorted(by_unit.items()) if len(given) > 1}
    n_opinions = sum(map(len, shared.values()))
    if len(shared) < _MIN_UNITS:
        why = f"fewer than {_MIN_UNITS} records have two answers"
    elif len({value for given in shared.values() for value in given.values()}) == 1:
        why = "all answers are the same, so chance would agree as well"
    else:
        low, alpha, high = _alpha(list(shared.values()), scale)
        return Agreement(alpha, low, high, len(shared), n_opinions)
    return Agreement(None, None, None, len(shared), n_opinions, why)


def _alpha(units: Sequence[dict[str, int]], scale: Scale) -> tuple[float, float, float]:
    import evalica
    import pandas as pd

    raters = sorted({rater for given in units for rater in given})
    # (rater, unit), as evalica wants it; missing opinions are NaN
    table = pd.DataFrame([[given.get(rater) for given in units] for rater in raters], dtype="float")
    found = evalica.alpha_bootstrap(
        table, scale, n_resamples=RESAMPLES, confidence_level=LEVEL, random_state=_SEED
    )
    return found.low, found.alpha, found.high
