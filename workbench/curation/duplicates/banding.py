"""Cut signatures into bands, so that only texts that share a band need be compared.

Two texts of similarity s agree in a band of r places with probability s^r, and so share at least
one of b bands with probability 1 - (1 - s^r)^b, the S-curve (Leskovec, Rajaraman, Ullman, "Mining
of Massive Datasets", section 3.4.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.minhash import N_PERMUTATIONS, Signatures
from workbench.curation.kernels import kernel
from workbench.curation.word_hashes import Hashes

TARGET_RECALL = 0.99
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Bands:
    """How signatures are cut.

    Attributes:
        n_bands: Bands a signature (b).
        rows: Places a band (r).
    """

    n_bands: int
    rows: int

    def recall(self, similarity: float) -> float:
        """Return the probability that two texts of a similarity in 0-1 share a band."""
        return float(1.0 - (1.0 - similarity**self.rows) ** self.n_bands)


def choose_bands(threshold: float) -> Bands:
    """Return the cut with the fewest needless comparisons that finds pairs at the threshold.

    The more rows, the fewer unlike texts meet; so the most rows whose recall at the threshold,
    which is the least of all similarities that count, is still TARGET_RECALL.

    Args:
        threshold: Least similarity of near-duplicates; from 0.1 to 1.

    Raises:
        ValueError: The threshold lies outside this range.
    """
    if not 0.1 <= threshold <= 1.0:
        raise ValueError(f"The threshold must lie between 0.1 and 1, not at {threshold}.")
    cuts = [Bands(N_PERMUTATIONS // rows, rows) for rows in range(1, N_PERMUTATIONS + 1)]
    return next(cut for cut in reversed(cuts) if cut.recall(threshold) >= TARGET_RECALL)


def band_keys(signatures: Signatures, bands: Bands, band: int) -> Hashes:
    """Return a 64-bit key a text for one band; equal keys mean, but for chance, equal bands."""
    keys = np.empty(len(signatures), np.uint64)
    _fold_places(signatures, band * bands.rows, (band + 1) * bands.rows, keys)
    return keys


def signature_keys(signatures: Signatures) -> Hashes:
    """Return a 64-bit key a text; equal keys mean, but for chance, equal signatures."""
    keys = np.empty(len(signatures), np.uint64)
    _fold_places(signatures, 0, N_PERMUTATIONS, keys)
    return keys


@kernel
def _fold_places(
    signatures: npt.NDArray[np.uint32], begin: int, end: int, keys: npt.NDArray[np.uint64]
) -> None:
    for text in range(keys.size):
        key = np.uint64(0)
        for place in range(begin, end):
            key = (key + np.uint64(signatures[text, place])) * _BASE
            key ^= key >> np.uint64(29)
        keys[text] = key * _MIX
