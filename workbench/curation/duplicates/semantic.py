"""Decide which rows say the same in other words, and which of them stay.

The rules are those of near-duplicates (see `comparing.decide`), with another similarity: the least
cosine of the rows' texts, so that rows are alike only if each of their texts is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.curation.duplicates.near import ChainEnd, NearDuplicates, Removal, grouped
from workbench.curation.leakage.semantic_pairs import BLOCK_ROWS, Sides, alike
from workbench.curation.leakage.text_pairs import TextPairs

Numbers = npt.NDArray[np.int64]


class _Ties(NamedTuple):
    """Pairs of a row that goes and one that stays and is like it; all (n_pairs,)."""

    gone: Numbers
    kept: Numbers
    scores: npt.NDArray[np.float64]


def find_semantic_duplicates(
    ids: Sequence[str], sides: Sides, *, threshold: float
) -> NearDuplicates:
    """Find the rows whose texts are all alike in meaning, and which of them are to go.

    In the order of ids, each row goes if it is like an earlier one that stays; it names the most
    similar of those as its keeper, of equals the first.

    Args:
        ids: The rows, in ascending order.
        sides: The vectors of their texts, of length 1; (n_rows, n_dimensions) each.
        threshold: Least cosine similarity of each text, above 0 and at most 1.
    """
    stays = _who_stays(sides, threshold)
    ties = _ties(sides, stays, threshold)
    keepers = _most_similar(ties, ties.gone, ties.kept, ties.kept < ties.gone)
    chosen = np.full(len(ids), -1, np.int64)
    chosen[ties.gone[keepers]] = ties.kept[keepers]
    links = _most_similar(ties, ties.kept, ties.gone, chosen[ties.gone] != ties.kept)
    names = np.array(ids, object)
    return NearDuplicates(
        tuple(Removal(*each) for each in _named(names, ties.gone, ties.kept, ties.scores, keepers)),
        tuple(ChainEnd(*each) for each in _named(names, ties.kept, ties.gone, ties.scores, links)),
        grouped(_groups(ties, len(ids)), list(ids)),
        unfinished=(),
    )


def _who_stays(sides: Sides, threshold: float) -> npt.NDArray[np.bool_]:
    """Return which rows are like no earlier row that stays; (n_rows,)."""
    n_rows = len(sides[0])
    stays = np.zeros(n_rows, np.bool_)
    for begin in range(0, n_rows, BLOCK_ROWS):
        block = np.arange(begin, min(begin + BLOCK_ROWS, n_rows))
        kept = np.flatnonzero(stays)
        is_like = np.zeros(block.size, np.bool_)
        is_like[alike(_rows(sides, block), _rows(sides, kept), threshold).first] = True
        free = block[~is_like]
        stays[free] = True
        _drop_within(stays, free, alike(_rows(sides, free), _rows(sides, free), threshold))
    return stays


def _drop_within(stays: npt.NDArray[np.bool_], rows: Numbers, pairs: TextPairs) -> None:
    """Of rows that are like each other, take out those that are like an earlier one that stays."""
    is_later = pairs.second < pairs.first
    later, earlier = rows[pairs.first[is_later]], rows[pairs.second[is_later]]
    for row, other in zip(later.tolist(), earlier.tolist(), strict=True):
        if stays[other]:
            stays[row] = False


def _ties(sides: Sides, stays: npt.NDArray[np.bool_], threshold: float) -> _Ties:
    gone, kept = np.flatnonzero(~stays), np.flatnonzero(stays)
    pairs = alike(_rows(sides, gone), _rows(sides, kept), threshold)
    return _Ties(gone[pairs.first], kept[pairs.second], pairs.scores)


def _rows(sides: Sides, rows: Numbers) -> Sides:
    return [side[rows] for side in sides]


def _most_similar(
    ties: _Ties, of: Numbers, others: Numbers, chosen: npt.NDArray[np.bool_]
) -> Numbers:
    """Return the place of each row's best pair among the chosen, of equals the first other row."""
    order = np.lexsort((others, -ties.scores, of))
    order = order[chosen[order]]
    return order[np.unique(of[order], return_index=True)[1]]


def _named(
    names: npt.NDArray[np.object_],
    of: Numbers,
    others: Numbers,
    scores: npt.NDArray[np.float64],
    places: Numbers,
) -> list[tuple[str, str, float]]:
    columns = (names[of[places]], names[others[places]], scores[places])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _groups(ties: _Ties, n_rows: int) -> npt.NDArray[np.int32]:
    links = coo_array((np.ones(ties.gone.size, np.bool_), (ties.gone, ties.kept)), (n_rows, n_rows))
    labels: npt.NDArray[np.int32] = connected_components(links, directed=False)[1]
    return labels
