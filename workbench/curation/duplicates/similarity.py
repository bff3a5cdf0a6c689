"""How alike two texts are, by their words."""

from __future__ import annotations

import numpy as np

from workbench.curation.kernels import kernel
from workbench.curation.word_hashes import Hashes


def word_jaccard(one: Hashes, other: Hashes) -> float:
    """Return the share of distinct words that two texts have in common, 0-1; 1 for two empty ones.

    The order of words does not count: it tells whether two texts are about the same thing.

    Args:
        one: Distinct words of a text, sorted (`np.unique`).
        other: Those of another.
    """
    n_both = _common_sorted(one, other)
    n_either = one.size + other.size - n_both
    return n_both / n_either if n_either else 1.0


def word_similarity(one: Hashes, other: Hashes) -> float:
    """Return how much of two texts is the same words in the same order, 0-1.

    It is 2 * LCS / (words of both), with LCS the length of the longest common subsequence: 1 minus
    the insertions and deletions between them, as a share of all words. Two empty texts are equal.
    """
    n_words = one.size + other.size
    return 2 * _common_subsequence(one, other) / n_words if n_words else 1.0


def is_similar(one: Hashes, other: Hashes, at_least: float) -> bool:
    """Tell whether `word_similarity` reaches a bound, without computing it where it cannot."""
    n_words = one.size + other.size
    if n_words == 0:
        return True
    most = 2 * min(one.size, other.size) / n_words
    return most >= at_least and word_similarity(one, other) >= at_least


@kernel
def _common_sorted(one: Hashes, other: Hashes) -> int:
    n_both = 0
    left = 0
    right = 0
    while left < one.size and right < other.size:
        if one[left] == other[right]:
            n_both += 1
            left += 1
            right += 1
        elif one[left] < other[right]:
            left += 1
        else:
            right += 1
    return n_both


@kernel
def _common_subsequence(one: Hashes, other: Hashes) -> int:
    # Wagner and Fischer (1974), one row at a time: best[j] is the LCS of one[:i] and other[:j].
    best = np.zeros(other.size + 1, np.int64)
    for word in one:
        diagonal = np.int64(0)
        for column in range(other.size):
            above = best[column + 1]
            if word == other[column]:
                best[column + 1] = diagonal + 1
            else:
                best[column + 1] = max(above, best[column])
            diagonal = above
    return int(best[other.size])
