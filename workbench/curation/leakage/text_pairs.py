"""Pairs of texts that are like each other, and the Protocol of what finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class TextPairs:
    """Pairs of a text of one list with a text of another, in the order of their numbers.

    Attributes:
        first: Number of the text in the first list; (n_pairs,), ascending.
        second: Number of the text in the second list; (n_pairs,).
        scores: How much they are like each other, in 0-1; (n_pairs,).
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]


class PairFinder(Protocol):
    """Finds the pairs of two lists of texts whose score reaches the finder's threshold."""

    def __call__(self, first: Sequence[str], second: Sequence[str], /) -> TextPairs:
        """Return the pairs; they depend on neither the order of texts nor the number of threads."""
