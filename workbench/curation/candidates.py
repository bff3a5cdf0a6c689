"""Find the rows that share a band with another row: only those need be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from workbench.curation.threads import in_order
from workbench.curation.word_hashes import Hashes

Places = npt.NDArray[np.int32]
KeysOfBand = Callable[[int], Hashes]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that share a band with another, and the buckets in which they meet.

    The buckets of a band lie one after another in a line of n_candidates places, each as long as it
    has members; two candidates are in one bucket of a band if it begins at the same place.

    Attributes:
        rows: The candidates, ascending; (n_candidates,).
        begins: Where the bucket of a candidate begins; (n_bands, n_candidates).
        ends: And where it ends.
    """

    rows: npt.NDArray[np.int64]
    begins: Places
    ends: Places


def find_candidates(
    keys_of: KeysOfBand, n_bands: int, *, n_rows: int, n_first: int | None = None, n_threads: int
) -> Candidates:
    """Return the rows that meet another in at least one band.

    Args:
        keys_of: Gives the keys of all rows for a band, (n_rows,).
        n_bands: Number of bands.
        n_rows: Number of rows.
        n_first: If given, the rows before this number are one set and the others another, and only
            rows of different sets meet.
        n_threads: It changes the time and nothing else.
    """
    is_candidate = np.zeros(n_rows, bool)
    for meets in in_order(
        partial(_meets_another, keys_of, n_first=n_first), range(n_bands), n_threads
    ):
        is_candidate |= meets
    rows = np.flatnonzero(is_candidate)
    begins = np.empty((n_bands, rows.size), np.int32)
    ends = np.empty_like(begins)
    for band, (begin, end) in enumerate(
        in_order(lambda band: _buckets(keys_of(band)[rows]), range(n_bands), n_threads)
    ):
        begins[band], ends[band] = begin, end
    return Candidates(rows, begins, ends)


def _meets_another(keys_of: KeysOfBand, band: int, *, n_first: int | None) -> npt.NDArray[np.bool_]:
    keys = keys_of(band)
    order = np.argsort(keys)
    begins, sizes = _runs(keys[order])
    if n_first is None:
        shared = sizes > 1
    else:
        n_second = np.add.reduceat(order >= n_first, begins, dtype=np.int64) if keys.size else sizes
        shared = (n_second > 0) & (n_second < sizes)
    meets = np.empty(keys.size, bool)
    meets[order] = np.repeat(shared, sizes)
    return meets


def _buckets(keys: Hashes) -> tuple[Places, Places]:
    order = np.argsort(keys)
    run_begins, sizes = _runs(keys[order])
    begins = np.empty(keys.size, np.int32)
    ends = np.empty(keys.size, np.int32)
    begins[order] = np.repeat(run_begins, sizes)
    ends[order] = np.repeat(run_begins + sizes, sizes)
    return begins, ends


def _runs(ordered: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where runs of equal keys begin, and how long they are."""
    is_first = np.ones(ordered.size, bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(is_first)
    return begins, np.diff(begins, append=ordered.size)
