"""Find every pair of texts whose shingle sets are alike, exactly: no pair is missed or guessed.

Prefix filtering (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007): with all shingles in
one order, two sets of n and m shingles can only reach a Jaccard index of t if the first
n - ceil(t n) + 1 of the one and m - ceil(t m) + 1 of the other share a shingle. In the order used
here those that the second list lacks come first, then the rarest, so that few sets meet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.shingles import ShingleSets, shingle_sets
from workbench.curation.kernels import kernel
from workbench.curation.leakage.hash_index import MISSING, HashIndex, KeyNumbers, Numbers
from workbench.curation.leakage.text_pairs import TextPairs

NEAR_THRESHOLD = 0.7
SHINGLE_WORDS = 3
_BATCH_TEXTS = 4096
_FIRST_ROOM = 1024
_ROUNDING = 1e-9  # a product such as 0.7 * 10 may come out just above a whole number


class _Sets(NamedTuple):
    """Sets of numbered shingles and, by shingle, the sets whose prefix holds it.

    Attributes:
        offsets: Where each set begins, and the end of the last; (n_sets + 1,).
        shingles: Numbers of shingles, ascending within a set; (n_shingles,).
        starts: Where the sets of each shingle begin, and the end of the last; (n_distinct + 1,).
        holders: Sets whose prefix holds a shingle; (n_prefix_shingles,).
    """

    offsets: Numbers
    shingles: KeyNumbers
    starts: Numbers
    holders: Numbers


def jaccard_pairs(
    first: Sequence[str],
    second: Sequence[str],
    *,
    threshold: float = NEAR_THRESHOLD,
    shingle_words: int = SHINGLE_WORDS,
) -> TextPairs:
    """Return the pairs whose Jaccard index of shingle sets is `threshold` or more.

    Args:
        first: The longer list; it passes in batches and does not stay in memory.
        second: The shorter list; it is indexed.
        threshold: Least Jaccard index, above 0 and at most 1.
        shingle_words: Words a shingle, 1 or more.
    """
    index, sets = _index_sets(shingle_sets(second, shingle_words), threshold)
    parts = [(np.empty((0, 2), np.int64), np.empty(0))]
    for begin in range(0, len(first), _BATCH_TEXTS):
        batch = shingle_sets(first[begin : begin + _BATCH_TEXTS], shingle_words)
        numbers = index.find(batch.hashes)
        pairs, scores = _find_pairs(batch.offsets, numbers, sets, threshold)
        parts.append((pairs + np.array([begin, 0]), scores))
    pairs = np.concatenate([part[0] for part in parts])
    scores = np.concatenate([part[1] for part in parts])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return TextPairs(pairs[order, 0], pairs[order, 1], scores[order])


def _index_sets(sets: ShingleSets, threshold: float) -> tuple[HashIndex, _Sets]:
    """Number the shingles, the rarest first, and list the sets of each prefix."""
    keys, numbers, counts = np.unique(sets.hashes, return_inverse=True, return_counts=True)
    order = np.lexsort((keys, counts))
    rank = np.empty(keys.size, np.int32)
    rank[order] = np.arange(keys.size, dtype=np.int32)
    shingles = rank[numbers]
    in_prefix = _sort_sets(sets.offsets, shingles, threshold)
    set_of = np.repeat(np.arange(sets.offsets.size - 1), np.diff(sets.offsets))
    chosen = np.flatnonzero(in_prefix)
    chosen = chosen[np.argsort(shingles[chosen], kind="stable")]
    starts = np.searchsorted(shingles[chosen], np.arange(keys.size + 1))
    return HashIndex(keys[order]), _Sets(sets.offsets, shingles, starts, set_of[chosen])


@kernel
def _sort_sets(offsets: Numbers, shingles: KeyNumbers, threshold: float) -> npt.NDArray[np.bool_]:
    """Sort the shingles of each set in place; return which of them belong to its prefix."""
    in_prefix = np.zeros(shingles.size, np.bool_)
    for number in range(offsets.size - 1):
        begin, end = offsets[number], offsets[number + 1]
        shingles[begin:end].sort()
        in_prefix[begin : begin + _prefix(end - begin, threshold)] = True
    return in_prefix


@kernel
def _prefix(size: int, threshold: float) -> int:
    return min(size, size - math.ceil(threshold * size - _ROUNDING) + 1)


@kernel
def _find_pairs(
    offsets: Numbers, numbers: KeyNumbers, sets: _Sets, threshold: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    pairs = np.empty((_FIRST_ROOM, 2), np.int64)
    scores = np.empty(_FIRST_ROOM)
    n_found = 0
    last_met = np.full(sets.offsets.size - 1, MISSING, np.int64)
    for text in range(offsets.size - 1):
        known = numbers[offsets[text] : offsets[text + 1]]
        size = known.size
        known = known[known != MISSING]
        n_probed = _prefix(size, threshold) - (size - known.size)
        if n_probed <= 0:
            continue
        known.sort()
        for shingle in known[:n_probed]:
            for holder in sets.holders[sets.starts[shingle] : sets.starts[shingle + 1]]:
                if last_met[holder] == text:
                    continue
                last_met[holder] = text
                score = _jaccard(size, known, sets, holder)
                if score < threshold - _ROUNDING:
                    continue
                if n_found == scores.size:
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                    scores = np.concatenate((scores, np.empty_like(scores)))
                pairs[n_found] = (text, holder)
                scores[n_found] = score
                n_found += 1
    return pairs[:n_found].copy(), scores[:n_found].copy()


@kernel
def _jaccard(size: int, known: KeyNumbers, sets: _Sets, number: int) -> float:
    """Return the Jaccard index of a set of `size` shingles, those known ascending, with another."""
    other = sets.shingles[sets.offsets[number] : sets.offsets[number + 1]]
    here = there = n_common = 0
    while here < known.size and there < other.size:
        if known[here] == other[there]:
            n_common += 1
            here += 1
            there += 1
        elif known[here] < other[there]:
            here += 1
        else:
            there += 1
    return n_common / (size + other.size - n_common)
