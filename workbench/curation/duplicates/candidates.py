"""Find the rows that share a band with another row: only those need be compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from workbench.curation.threads import N_THREADS, in_order
from workbench.curation.word_hashes import Hashes

Rows = npt.NDArray[np.int64]
KeysOfBand = Callable[[int], Hashes]


def find_candidates(
    keys_of: KeysOfBand,
    n_bands: int,
    *,
    n_threads: int = N_THREADS,
) -> Rows:
    """Return the rows that have the key of another row in at least one band, ascending.

    Args:
        keys_of: Gives the keys of all rows for a band, (n_rows,).
        n_bands: Number of bands, 1 or more.
        n_threads: It changes the time and nothing else.
    """
    find = partial(_meets_another, keys_of)
    meets, *others = in_order(find, range(n_bands), n_threads)
    for other in others:
        meets |= other
    return np.flatnonzero(meets)


def _meets_another(keys_of: KeysOfBand, band: int) -> npt.NDArray[np.bool_]:
    keys = keys_of(band)
    order = np.argsort(keys)
    _, sizes = runs(keys[order])
    meets = np.empty(keys.size, bool)
    meets[order] = np.repeat(sizes > 1, sizes)
    return meets


def runs(ordered: Hashes) -> tuple[Rows, Rows]:
    """Return where runs of equal values begin, and how long they are."""
    is_first = np.ones(ordered.size, bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(is_first)
    return begins, np.diff(begins, append=ordered.size)
