"""Compare rows whose prefixes meet by their exact shingle sets, and decide which of them stay.

All kernels of this stand in one file, because the cache of compiled code does not notice when a
kernel that another file calls has changed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.prefixes import Places, Prefixes, find_prefixes
from workbench.curation.duplicates.shingles import ShingleSets
from workbench.curation.kernels import kernel
from workbench.curation.threads import N_THREADS
from workbench.curation.word_hashes import Hashes, Offsets

NOBODY = -1
_SHORT, _LONG = 0, 1
# A row is compared with this many others at the most, which bounds the work by a constant a row. To
# get there it takes as many rows that stay, and are alike in their rarest shingles.
MAX_COMPARISONS = 10_000


class Verdicts(NamedTuple):
    """What was decided of each row; all (n_rows,).

    Attributes:
        keepers: The row for which it goes; its own number if it stays.
        similarities: Its exact similarity to that keeper; 1 for a row that stays.
        links: Of a row that stays, the most similar row that went for another keeper; else NOBODY.
        link_similarities: The exact similarity to that row; 0 without one.
        groups: The least row to which it is tied through rows that went, or itself.
        is_unfinished: Whether its comparisons were cut off at MAX_COMPARISONS.
    """

    keepers: Places
    similarities: npt.NDArray[np.float64]
    links: Places
    link_similarities: npt.NDArray[np.float64]
    groups: Places
    is_unfinished: npt.NDArray[np.bool_]


class _Index(NamedTuple):
    """The rows decided so far, by the shingles of their prefixes; the first four as `Prefixes`.

    There are two lines of buckets: rows that have the shingle in their short prefix stand in the
    first, all that have it in their long one in the second. In each bucket, rows that stay stand
    from its begin on, and rows that went from its end back.

    Attributes:
        members: Rows; (2, n_entries).
        n_kept: How many stay, by the begin of a bucket; (2, n_entries).
        n_gone: How many went.
    """

    offsets: Offsets
    begins: Places
    ends: Places
    is_short: npt.NDArray[np.bool_]
    members: Places
    n_kept: Places
    n_gone: Places


class _Sets(NamedTuple):
    """As `ShingleSets`."""

    offsets: Offsets
    hashes: Hashes


class _Search(NamedTuple):
    """Room for one row's search."""

    seen_by: Places  # the last row that was compared with each
    near: Places
    similarities: npt.NDArray[np.float64]


def decide(
    sets: ShingleSets, copies: Places, threshold: float, n_threads: int = N_THREADS
) -> Verdicts:
    """Decide which rows stay.

    In the order of rows, each goes if it is near an earlier one that stays, and names the most
    similar of those as its keeper, of equals the first; a row whose set is that of an earlier one
    shares its keeper. So every removal is verified against a row that is there, and no chain of
    likenesses removes anything.

    Args:
        sets: The rows' shingle sets.
        copies: For each row the first with the same signature, or itself. It only says where to
            look for a copy: that the sets are equal is verified.
        threshold: Least Jaccard similarity of near rows, in 0-1.
        n_threads: It changes the time and nothing else.
    """
    itself = np.arange(copies.size, dtype=np.int32)
    verdicts = Verdicts(
        keepers=itself.copy(),
        similarities=np.ones(itself.size),
        links=np.full(itself.size, NOBODY, np.int32),
        link_similarities=np.zeros(itself.size),
        groups=itself.copy(),
        is_unfinished=np.zeros(itself.size, bool),
    )
    index = _empty_index(find_prefixes(sets, threshold, n_threads))
    search = _room(itself.size)
    _decide_all(index, _Sets(sets.offsets, sets.hashes), copies, threshold, search, verdicts)
    return verdicts


def _empty_index(prefixes: Prefixes) -> _Index:
    shape = (2, prefixes.begins.size)
    return _Index(
        prefixes.offsets,
        prefixes.begins,
        prefixes.ends,
        prefixes.is_short,
        members=np.zeros(shape, np.int32),
        n_kept=np.zeros(shape, np.int32),
        n_gone=np.zeros(shape, np.int32),
    )


def _room(n_rows: int) -> _Search:
    return _Search(
        np.full(n_rows, NOBODY, np.int32),
        np.empty(MAX_COMPARISONS, np.int32),
        np.empty(MAX_COMPARISONS, np.float64),
    )


@kernel
def similarity_at_least(one: Hashes, other: Hashes, threshold: float) -> float:
    """Return the Jaccard similarity of two sorted sets if it reaches the threshold, else 0.

    It stops when too many elements were missed to reach it: to have `|A & B| / |A | B| >= t` the
    sets must share `t / (1 + t) * (|A| + |B|)` elements (Xiao et al., PPJoin, WWW 2008, eq. 1).
    """
    if one.size == 0 or other.size == 0:
        return 0.0
    total = one.size + other.size
    # Rounding must never ask for too many, so a hair less than that; the last line is exact.
    needed = np.int64(np.ceil(total * threshold / (1.0 + threshold) - 1e-6))
    spare_one, spare_other = one.size - needed, other.size - needed
    i = j = n_shared = 0
    while i < one.size and j < other.size and spare_one >= 0 and spare_other >= 0:
        if one[i] == other[j]:
            n_shared += 1
            i += 1
            j += 1
        elif one[i] < other[j]:
            spare_one -= 1
            i += 1
        else:
            spare_other -= 1
            j += 1
    similarity = n_shared / (total - n_shared)
    return similarity if similarity >= threshold else 0.0


@kernel
def _set_of(sets: _Sets, row: int) -> Hashes:
    return sets.hashes[sets.offsets[row] : sets.offsets[row + 1]]


@kernel
def _is_copy(sets: _Sets, row: int, first: int) -> bool:
    return (
        first != row and similarity_at_least(_set_of(sets, row), _set_of(sets, first), 1.0) == 1.0
    )


@kernel
def _search_near(
    row: int, among_kept: bool, index: _Index, sets: _Sets, threshold: float, search: _Search
) -> tuple[int, bool]:
    """Collect the rows that are near a row, of those that stay or of those that went.

    Returns: How many were found, and whether there are rows with which it was not compared.
    """
    n_near = n_compared = 0
    for entry in range(index.offsets[row], index.offsets[row + 1]):
        bucket = index.begins[entry]
        # The long prefix is looked up among short ones, and the short one among long ones.
        for line in range(_LONG + 1 if index.is_short[entry] else _SHORT + 1):
            if among_kept:
                begin, end = bucket, bucket + index.n_kept[line, bucket]
            else:
                begin, end = index.ends[entry] - index.n_gone[line, bucket], index.ends[entry]
            for place in range(begin, end):
                other = index.members[line, place]
                if search.seen_by[other] == row:
                    continue
                if n_compared == MAX_COMPARISONS:
                    return n_near, True
                search.seen_by[other] = row
                n_compared += 1
                similarity = similarity_at_least(
                    _set_of(sets, row), _set_of(sets, other), threshold
                )
                if similarity > 0.0:
                    search.near[n_near] = other
                    search.similarities[n_near] = similarity
                    n_near += 1
    return n_near, False


@kernel
def _most_similar(search: _Search, n_near: int) -> int:
    """Return the place of the most similar row found, of equals the first row; 0 if none was."""
    best = 0
    for place in range(1, n_near):
        difference = search.similarities[place] - search.similarities[best]
        if difference > 0 or (difference == 0 and search.near[place] < search.near[best]):
            best = place
    return best


@kernel
def _place_kept(index: _Index, row: int) -> None:
    for entry in range(index.offsets[row], index.offsets[row + 1]):
        begin = index.begins[entry]
        for line in range(_SHORT if index.is_short[entry] else _LONG, _LONG + 1):
            index.members[line, begin + index.n_kept[line, begin]] = row
            index.n_kept[line, begin] += 1


@kernel
def _place_gone(index: _Index, row: int) -> None:
    for entry in range(index.offsets[row], index.offsets[row + 1]):
        begin = index.begins[entry]
        for line in range(_SHORT if index.is_short[entry] else _LONG, _LONG + 1):
            index.n_gone[line, begin] += 1
            index.members[line, index.ends[entry] - index.n_gone[line, begin]] = row


@kernel
def _root(groups: Places, row: int) -> int:
    while groups[row] != row:
        groups[row] = groups[groups[row]]
        row = groups[row]
    return row


@kernel
def _tie(groups: Places, one: int, other: int) -> None:
    one, other = _root(groups, one), _root(groups, other)
    groups[max(one, other)] = min(one, other)


@kernel
def _link(verdicts: Verdicts, row: int, gone: int, similarity: float) -> None:
    """Note that a row that stays is near one that went for another keeper."""
    better = similarity > verdicts.link_similarities[row]
    as_good = similarity == verdicts.link_similarities[row]
    if better or (as_good and gone < verdicts.links[row]):
        verdicts.links[row] = gone
        verdicts.link_similarities[row] = similarity


@kernel
def _remove(row: int, n_near: int, search: _Search, verdicts: Verdicts) -> None:
    best = _most_similar(search, n_near)
    verdicts.keepers[row] = search.near[best]
    verdicts.similarities[row] = search.similarities[best]
    for place in range(n_near):
        keeper = search.near[place]
        _tie(verdicts.groups, row, keeper)
        if place != best:
            _link(verdicts, keeper, row, search.similarities[place])


@kernel
def _decide_all(
    index: _Index,
    sets: _Sets,
    copies: Places,
    threshold: float,
    search: _Search,
    verdicts: Verdicts,
) -> None:
    for row in range(copies.size):
        first = copies[row]
        if _is_copy(sets, row, first):
            # Its set is that of a row already decided, so all that holds of that one holds of it.
            verdicts.keepers[row] = verdicts.keepers[first]
            verdicts.similarities[row] = verdicts.similarities[first]
            _tie(verdicts.groups, row, first)
            continue
        n_near, cut = _search_near(row, True, index, sets, threshold, search)
        verdicts.is_unfinished[row] = cut
        if n_near:
            _remove(row, n_near, search, verdicts)
            _place_gone(index, row)
            continue
        _place_kept(index, row)
        n_near, cut = _search_near(row, False, index, sets, threshold, search)
        verdicts.is_unfinished[row] |= cut
        for place in range(n_near):
            _tie(verdicts.groups, row, search.near[place])
            _link(verdicts, row, search.near[place], search.similarities[place])
    for row in range(copies.size):
        verdicts.groups[row] = _root(verdicts.groups, row)
