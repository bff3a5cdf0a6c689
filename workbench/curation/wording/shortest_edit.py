"""The shortest edit between two sequences of tokens, in compiled loops.

Myers 1986, "An O(ND) difference algorithm and its variations": a path from (0, 0) to
(n_before, n_after) goes right where a token is removed, down where one is added, and diagonally, at
no cost, where both sequences have the same token. Diagonal k holds the places with x - y = k; the
furthest place on each diagonal after d edits follows from those after d - 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel

Tokens = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# Time and memory grow with the square of the edits: 8 MB at the larger bound. Nearly all pairs
# need the smaller one.
_EDIT_BOUNDS = (60, 1_000)


@dataclass(frozen=True, slots=True)
class Kept:
    """Which tokens stay: (n_before,) and (n_after,); equally many, and equal in order."""

    before: Flags
    after: Flags


def kept_tokens(before: Tokens, after: Tokens) -> Kept:
    """Return the tokens that a shortest edit keeps.

    Sequences that differ in more than 1,000 tokens keep what they begin and end with in common.
    """
    kept = Kept(np.zeros(before.size, np.bool_), np.zeros(after.size, np.bool_))
    for bound in _EDIT_BOUNDS:
        furthest = np.zeros((bound + 1, 2 * bound + 3), np.int32)
        n_edits = _search(before, after, furthest)
        if n_edits >= 0:
            _trace_back(furthest, n_edits, kept.before, kept.after)
            return kept
    _keep_ends(before, after, kept.before, kept.after)
    return kept


@kernel
def _search(before: Tokens, after: Tokens, furthest: npt.NDArray[np.int32]) -> int:
    """Fill `furthest` (edits, diagonal + middle) with x; return the edits needed, or -1."""
    bound = furthest.shape[0] - 1
    middle = bound + 1
    for d in range(bound + 1):
        for k in range(-d, d + 1, 2):
            x = 0
            if d > 0:
                row = furthest[d - 1]
                if k == -d or (k != d and row[middle + k - 1] < row[middle + k + 1]):
                    x = row[middle + k + 1]
                else:
                    x = row[middle + k - 1] + 1
            while x < before.size and x - k < after.size and before[x] == after[x - k]:
                x += 1
            furthest[d, middle + k] = x
            if x >= before.size and x - k >= after.size:
                return d
    return -1


@kernel
def _trace_back(
    furthest: npt.NDArray[np.int32], n_edits: int, kept_before: Flags, kept_after: Flags
) -> None:
    """Walk the path backwards and mark the tokens on its diagonals."""
    middle = furthest.shape[0]
    x, y = kept_before.size, kept_after.size
    for d in range(n_edits, -1, -1):
        k = x - y
        start_x, start_y = 0, 0  # where the diagonal run after the d-th edit begins
        last_x, last_y = 0, 0
        if d > 0:
            row = furthest[d - 1]
            down = k == -d or (k != d and row[middle + k - 1] < row[middle + k + 1])
            last_k = k + 1 if down else k - 1
            last_x = row[middle + last_k]
            last_y = last_x - last_k
            start_x, start_y = (last_x, last_y + 1) if down else (last_x + 1, last_y)
        while x > start_x and y > start_y:
            x -= 1
            y -= 1
            kept_before[x] = True
            kept_after[y] = True
        x, y = last_x, last_y


@kernel
def _keep_ends(before: Tokens, after: Tokens, kept_before: Flags, kept_after: Flags) -> None:
    shorter = min(before.size, after.size)
    head = 0
    while head < shorter and before[head] == after[head]:
        kept_before[head] = True
        kept_after[head] = True
        head += 1
    tail = 1
    while tail <= shorter - head and before[-tail] == after[-tail]:
        kept_before[-tail] = True
        kept_after[-tail] = True
        tail += 1
