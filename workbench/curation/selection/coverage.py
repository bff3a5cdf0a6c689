"""Choose rows so that every row has one like it among the chosen: facility location."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt


def greedy_cover(similarity: npt.NDArray[np.float32]) -> Iterator[int]:
    """Yield candidates so that each adds most to the cover of what is to be covered.

    The cover is the sum, over what is to be covered, of the similarity to the nearest chosen
    candidate; the greedy order reaches 1 - 1/e of the best (Nemhauser, Wolsey and Fisher 1978).
    Gains only shrink as more is chosen, so most need not be computed again (Minoux 1978).

    Args:
        similarity: Of each candidate to what is to be covered, negative ones count as 0;
            (n_candidates, n_covered).

    Yields: Every candidate once. Of equal gains the first candidate's comes first.
    """
    nearest = np.zeros(similarity.shape[1])
    queue = [(-cover_gain(row, nearest), place) for place, row in enumerate(similarity)]
    heapq.heapify(queue)
    while queue:
        _, place = heapq.heappop(queue)
        gain = cover_gain(similarity[place], nearest)
        if queue and (-gain, place) > queue[0]:
            heapq.heappush(queue, (-gain, place))
            continue
        nearest = np.maximum(nearest, similarity[place])
        yield place


def cover_gain(row: npt.NDArray[np.float32], nearest: npt.NDArray[np.float64]) -> float:
    """Return what a candidate would add to a cover.

    Args:
        row: Its similarity to each of what is to be covered; (n_covered,).
        nearest: The similarity of each to the nearest chosen candidate, 0 or more; (n_covered,).
    """
    return float(np.maximum(row - nearest, 0).sum())
