"""Scores by row, where a row may have none: not scored is a state, never a 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from workbench.evaluation.statistics import (
    Estimate,
    estimate,
    paired_difference,
    share_difference,
    share_estimate,
)

Scores: TypeAlias = Mapping[str, float]
"""Score by example id; an example that is not in it was not scored."""
Groups: TypeAlias = Mapping[str, str]
"""Group by example id, of every example asked, in a fixed order."""


def summarise(scores: Scores, groups: Groups, *, share: bool = True) -> dict[str, Any]:
    """Return the mean, its interval and over how many rows it is.

    Args:
        scores: Of the rows that could be scored.
        groups: Of all rows.
        share: Whether scores lie in 0-1; see `share_estimate`.

    Returns:
        mean, low, high (None where no row was scored), groups (of the scored rows), n_scored and
        n_total.
    """
    rows = [name for name in groups if name in scores]
    if not rows:
        return _numbers(None, len(groups))
    found = (share_estimate if share else estimate)(
        [scores[name] for name in rows], [groups[name] for name in rows]
    )
    return _numbers(found, len(groups))


def compare(
    ours: Scores, theirs: Scores, groups: Groups, *, share: bool = True
) -> dict[str, Any] | None:
    """Return the mean of `ours - theirs` over the rows that both scored, or None without one."""
    rows = [name for name in groups if name in ours and name in theirs]
    if not rows:
        return None
    found = (share_difference if share else paired_difference)(
        [ours[name] for name in rows],
        [theirs[name] for name in rows],
        [groups[name] for name in rows],
    )
    return _numbers(found, len(groups))


def perplexity(log_probabilities: Mapping[str, Sequence[float]], groups: Groups) -> dict[str, Any]:
    """Return exp of the mean negative log-probability over the tokens of the scored rows.

    Args:
        log_probabilities: Natural-log probability of each token, by example id.
        groups: Of all rows.

    Returns:
        value, low, high (None where no row was scored), n_scored, n_total, n_tokens.
    """
    rows = [name for name in groups if name in log_probabilities]
    surprises = [-value for name in rows for value in log_probabilities[name]]
    owners = [groups[name] for name in rows for _ in log_probabilities[name]]
    found = estimate(surprises, owners) if surprises else None
    return {
        "value": math.exp(found.mean) if found else None,
        "low": math.exp(found.low) if found else None,
        "high": math.exp(found.high) if found else None,
        "n_scored": len(rows),
        "n_total": len(groups),
        "n_tokens": len(surprises),
    }


def _numbers(found: Estimate | None, n_total: int) -> dict[str, Any]:
    if found is None:
        nothing = dict.fromkeys(("mean", "low", "high"))
        return {**nothing, "groups": 0, "n_scored": 0, "n_total": n_total}
    numbers = asdict(found)
    return {**numbers, "n_scored": numbers.pop("n"), "n_total": n_total}
