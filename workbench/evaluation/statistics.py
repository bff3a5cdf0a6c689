"""Estimates with 95 % intervals that respect groups: rows of one writer are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
LEVEL = 0.95
_SEED = 20_240


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its interval.

    Attributes:
        mean: Mean over rows.
        low: Lower end of the 95 % interval.
        high: Upper end.
        n: Rows.
        groups: Groups that the rows fall into; with fewer than two the interval is of rows.
    """

    mean: float
    low: float
    high: float
    n: int
    groups: int


def estimate(values: Sequence[float], groups: Sequence[str]) -> Estimate:
    """Return the mean of values with a percentile cluster-bootstrap interval.

    Whole groups are drawn with replacement (Cameron, Gelbach and Miller, "Bootstrap-Based
    Improvements for Inference with Clustered Errors", 2008), so the interval is as wide as the
    number of groups, not of rows, makes it. The same values give the same interval.

    Raises:
        ValueError: There is no value, or values and groups differ in length.
    """
    if not values or len(values) != len(groups):
        raise ValueError(f"{len(values)} values in {len(groups)} groups")
    names = sorted(set(groups))
    clusters = groups if len(names) > 1 else [str(index) for index in range(len(values))]
    sums, sizes = _cluster_sums(np.asarray(values, dtype=float), clusters)
    chosen = np.random.default_rng(_SEED).integers(len(sums), size=(RESAMPLES, len(sums)))
    means = sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(float(np.mean(values)), float(low), float(high), len(values), len(names))


def share_estimate(values: Sequence[float], groups: Sequence[str]) -> Estimate:
    """Return the mean of values in 0-1 with its interval, which is never without a width.

    Where all values are equal a bootstrap draws nothing else and would claim certainty. There the
    Wilson interval says how often a row that was not seen may be another, and such a row may lie
    anywhere in 0-1; for a share of 0 or 1 that is the Wilson interval itself. See `estimate`.
    """
    return _never_certain(estimate(values, groups), values, least=0.0, most=1.0)


def share_difference(
    ours: Sequence[float], theirs: Sequence[float], groups: Sequence[str]
) -> Estimate:
    """Return the mean of `ours - theirs`, both in 0-1, on the same rows. See `share_estimate`."""
    gaps = _gaps(ours, theirs)
    return _never_certain(estimate(gaps, groups), gaps, least=-1.0, most=1.0)


def paired_difference(
    ours: Sequence[float], theirs: Sequence[float], groups: Sequence[str]
) -> Estimate:
    """Return the mean of `ours - theirs` on the same rows, without bounds. See `estimate`."""
    return estimate(_gaps(ours, theirs), groups)


def _gaps(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [a - b for a, b in zip(ours, theirs, strict=True)]


def _never_certain(
    found: Estimate, values: Sequence[float], *, least: float, most: float
) -> Estimate:
    if len(set(values)) > 1:
        return found
    surely, _ = wilson(len(values), len(values))
    seen = surely * found.mean
    return replace(found, low=seen + (1 - surely) * least, high=seen + (1 - surely) * most)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927); (0, 1) for no trial."""
    if n == 0:
        return 0.0, 1.0
    z = 1.959963984540054
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _cluster_sums(
    values: NDArray[np.float64], clusters: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.bincount(index, weights=values).astype(np.float64)
    return sums, np.bincount(index).astype(np.float64)
