"""Choose few shingles of each set, so that near sets share one of them and unlike sets do not.

Order all shingles from the rarest to the most common. If two sets share many elements, the first of
these in that order stands near the front of both. So for a Jaccard similarity of t or more, the
first |x| - ceil(2t / (1 + t) * |x|) + 1 shingles of the smaller set x and the first
|y| - ceil(t * |y|) + 1 of the larger set y have one in common (the indexing and probing prefixes of
Xiao, Wang, Lin, Yu, "Efficient similarity joins for near duplicate detection", WWW 2008). It loses
no pair; and what thousands of texts share, such as a template, comes last and makes none of them
meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.candidates import runs
from workbench.curation.duplicates.shingles import ShingleSets
from workbench.curation.kernels import kernel
from workbench.curation.threads import BATCH_TEXTS, in_order
from workbench.curation.word_hashes import Hashes, Offsets

Places = npt.NDArray[np.int32]

_MOST_COUNTERS = 1 << 26
_ROUNDING = 1e-6  # what floating point may add to a length must not ask for a shingle too many
_HASH_BITS = np.uint64(48)
_MOST_COUNTED = np.uint64((1 << 16) - 1)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The prefixes of some sets, without the shingles that no other set has.

    The sets whose prefix has a shingle form its bucket. Buckets lie one after another in a line of
    n_entries places, each as long as it has sets.

    Attributes:
        offsets: Where the entries of each set begin, and the end of the last; (n_sets + 1,).
        begins: For each entry where its bucket begins; (n_entries,).
        ends: And where it ends.
        is_short: Whether an entry is also of the short, the indexing prefix.
    """

    offsets: Offsets
    begins: Places
    ends: Places
    is_short: npt.NDArray[np.bool_]


def find_prefixes(sets: ShingleSets, threshold: float, n_threads: int) -> Prefixes:
    """Return the prefixes of sets for a least Jaccard similarity in 0-1."""
    sizes = np.diff(sets.offsets)
    long = _prefix_lengths(sizes, threshold)
    short = _prefix_lengths(sizes, 2.0 * threshold / (1.0 + threshold))
    places = np.concatenate((np.zeros(1, np.int64), np.cumsum(long)))
    ranked = _rarest(sets, places, n_threads)
    is_short = np.arange(ranked.size) - np.repeat(places[:-1], long) < np.repeat(short, long)
    is_shared = ranked >> _HASH_BITS > _ONE
    n_before = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_shared, dtype=np.int64)))
    begins, ends = _buckets(ranked[is_shared])
    return Prefixes(n_before[places], begins, ends, is_short[is_shared])


def _buckets(shingles: Hashes) -> tuple[Places, Places]:
    order = np.argsort(shingles)
    run_begins, sizes = runs(shingles[order])
    begins = np.empty(shingles.size, np.int32)
    ends = np.empty(shingles.size, np.int32)
    begins[order] = np.repeat(run_begins, sizes)
    ends[order] = np.repeat(run_begins + sizes, sizes)
    return begins, ends


def _prefix_lengths(sizes: Offsets, shared: float) -> Offsets:
    """Return how many shingles must be looked at if a share of them is in the other set too."""
    needed = np.ceil(sizes * shared - _ROUNDING).astype(np.int64)
    return np.where(sizes > 0, sizes - needed + 1, 0)


def _rarest(sets: ShingleSets, places: Offsets, n_threads: int) -> Hashes:
    """Return the rarest shingles of each set, as many as `places` has room for, rarest first."""
    n_bits = min(max(int(sets.hashes.size).bit_length(), 10), _MOST_COUNTERS.bit_length() - 1)
    shift = np.uint64(64 - n_bits)
    counters = np.zeros(1 << n_bits, np.uint32)
    _count(sets.hashes, shift, counters)
    ranked = np.empty(int(places[-1]), np.uint64)
    rank = partial(_rank_part, sets, counters, shift, places, ranked)
    for _ in in_order(rank, range(0, places.size - 1, BATCH_TEXTS), n_threads):
        pass
    return ranked


def _rank_part(
    sets: ShingleSets,
    counters: npt.NDArray[np.uint32],
    shift: np.uint64,
    places: Offsets,
    ranked: Hashes,
    begin: int,
) -> None:
    end = min(begin + BATCH_TEXTS, places.size - 1)
    _rank(sets.offsets, sets.hashes, counters, shift, places, ranked, begin, end)


@kernel
def _count(hashes: Hashes, shift: np.uint64, counters: npt.NDArray[np.uint32]) -> None:
    for place in range(hashes.size):
        counters[hashes[place] >> shift] += np.uint32(1)


@kernel
def _rank(
    offsets: Offsets,
    hashes: Hashes,
    counters: npt.NDArray[np.uint32],
    shift: np.uint64,
    places: Offsets,
    ranked: Hashes,
    begin: int,
    end: int,
) -> None:
    """Write the rarest shingles of some sets as numbers that sort by count, then by hash.

    Where two shingles share a counter or a number they look more common or alike, which lets sets
    meet in vain and never keeps them apart: the order is the same in all sets.
    """
    for row in range(begin, end):
        own = hashes[offsets[row] : offsets[row + 1]].copy()
        for place in range(own.size):
            count = min(np.uint64(counters[own[place] >> shift]), _MOST_COUNTED)
            own[place] = (count << _HASH_BITS) | (own[place] >> (np.uint64(64) - _HASH_BITS))
        own.sort()
        for place in range(places[row + 1] - places[row]):
            ranked[places[row] + place] = own[place]
