"""Compare the rows that meet in buckets by their exact shingle sets, and decide which of them stay.

All kernels of this stand in one file, because the cache of compiled code does not notice when a
kernel that another file calls has changed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.curation.candidates import Candidates, Places
from workbench.curation.kernels import kernel
from workbench.curation.shingles import ShingleSets
from workbench.curation.word_hashes import Hashes, Offsets

NOBODY = -1
# A row is compared with this many others. Only a bucket of that many texts which are like each
# other, and none like enough, gets there; it bounds the work by a constant a row.
MAX_COMPARISONS = 10_000


class Verdicts(NamedTuple):
    """What was decided of each candidate; all (n_candidates,).

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


class BestMatches(NamedTuple):
    """What each candidate of a second set is most like; all (n_second,).

    Attributes:
        matches: The most similar candidate of the first set, of equals the first; or NOBODY.
        similarities: Their exact similarity; 0 without one.
        is_unfinished: Whether its comparisons were cut off at MAX_COMPARISONS.
    """

    matches: Places
    similarities: npt.NDArray[np.float64]
    is_unfinished: npt.NDArray[np.bool_]


class _Buckets(NamedTuple):
    """Rows that stay fill a bucket from its begin, rows that went from its end."""

    begins: Places
    ends: Places
    members: Places  # (n_bands, n_candidates)
    n_kept: Places  # by the begin of a bucket
    n_gone: Places


class _Search(NamedTuple):
    """Room for one row's search."""

    seen_by: Places  # the last row that was compared with each
    near: Places
    similarities: npt.NDArray[np.float64]


def decide(candidates: Candidates, sets: ShingleSets, copies: Places, threshold: float) -> Verdicts:
    """Decide which candidates stay.

    In the order of rows, each goes if it is near an earlier one that stays, and names the most
    similar of those as its keeper, of equals the first; a row whose set is that of an earlier one
    shares its keeper. So every removal is verified against a row that is there, and no chain of
    likenesses removes anything.

    Args:
        candidates: Rows and buckets.
        sets: The candidates' shingle sets.
        copies: For each candidate the first with the same signature, or itself. It only says where
            to look for a copy: that the sets are equal is verified.
        threshold: Least Jaccard similarity of near rows, in 0-1.
    """
    n_rows = candidates.rows.size
    itself = np.arange(n_rows, dtype=np.int32)
    verdicts = Verdicts(
        keepers=itself.copy(),
        similarities=np.ones(n_rows),
        links=np.full(n_rows, NOBODY, np.int32),
        link_similarities=np.zeros(n_rows),
        groups=itself.copy(),
        is_unfinished=np.zeros(n_rows, bool),
    )
    buckets, search = _empty_buckets(candidates), _room(n_rows)
    _decide_all(buckets, sets.offsets, sets.hashes, copies, threshold, search, verdicts)
    return verdicts


def match(
    candidates: Candidates, sets: ShingleSets, copies: Places, threshold: float
) -> BestMatches:
    """Find for each candidate of a second set the most similar one of the first.

    Args:
        candidates: Rows and buckets, those of the first set first.
        sets: The candidates' shingle sets.
        copies: As for `decide`, but of the first set only; it says how many they are.
        threshold: Least Jaccard similarity, in 0-1.
    """
    n_second = candidates.rows.size - copies.size
    found = BestMatches(
        np.full(n_second, NOBODY, np.int32), np.zeros(n_second), np.zeros(n_second, bool)
    )
    buckets, search = _empty_buckets(candidates), _room(candidates.rows.size)
    _fill(buckets, sets.offsets, sets.hashes, copies)
    _match_all(buckets, sets.offsets, sets.hashes, threshold, search, found)
    return found


def _empty_buckets(candidates: Candidates) -> _Buckets:
    shape = candidates.begins.shape
    members, n_kept, n_gone = (np.zeros(shape, np.int32) for _ in range(3))
    return _Buckets(candidates.begins, candidates.ends, members, n_kept, n_gone)


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
def _is_copy(offsets: Offsets, hashes: Hashes, row: int, first: int) -> bool:
    if first == row:
        return False
    one = hashes[offsets[row] : offsets[row + 1]]
    other = hashes[offsets[first] : offsets[first + 1]]
    return similarity_at_least(one, other, 1.0) == 1.0


@kernel
def _search_near(
    row: int,
    among_kept: bool,
    buckets: _Buckets,
    offsets: Offsets,
    hashes: Hashes,
    threshold: float,
    search: _Search,
) -> tuple[int, bool]:
    """Collect the rows of a row's buckets that are near it, of those that stay or of the others.

    Returns: How many were found, and whether there are rows with which it was not compared.
    """
    n_near = n_compared = 0
    own = hashes[offsets[row] : offsets[row + 1]]
    for band in range(buckets.begins.shape[0]):
        begin, end = buckets.begins[band, row], buckets.ends[band, row]
        if among_kept:
            end = begin + buckets.n_kept[band, begin]
        else:
            begin = end - buckets.n_gone[band, begin]
        for place in range(begin, end):
            other = buckets.members[band, place]
            if search.seen_by[other] == row:
                continue
            if n_compared == MAX_COMPARISONS:
                return n_near, True
            search.seen_by[other] = row
            n_compared += 1
            similarity = similarity_at_least(
                own, hashes[offsets[other] : offsets[other + 1]], threshold
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
def _place_kept(buckets: _Buckets, row: int) -> None:
    for band in range(buckets.begins.shape[0]):
        begin = buckets.begins[band, row]
        buckets.members[band, begin + buckets.n_kept[band, begin]] = row
        buckets.n_kept[band, begin] += 1


@kernel
def _place_gone(buckets: _Buckets, row: int) -> None:
    for band in range(buckets.begins.shape[0]):
        begin = buckets.begins[band, row]
        buckets.n_gone[band, begin] += 1
        buckets.members[band, buckets.ends[band, row] - buckets.n_gone[band, begin]] = row


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
    buckets: _Buckets,
    offsets: Offsets,
    hashes: Hashes,
    copies: Places,
    threshold: float,
    search: _Search,
    verdicts: Verdicts,
) -> None:
    for row in range(copies.size):
        first = copies[row]
        if _is_copy(offsets, hashes, row, first):
            # Its set is that of a row already decided, so all that holds of that one holds of it.
            verdicts.keepers[row] = verdicts.keepers[first]
            verdicts.similarities[row] = verdicts.similarities[first]
            _tie(verdicts.groups, row, first)
            continue
        n_near, cut = _search_near(row, True, buckets, offsets, hashes, threshold, search)
        verdicts.is_unfinished[row] = cut
        if n_near:
            _remove(row, n_near, search, verdicts)
            _place_gone(buckets, row)
            continue
        _place_kept(buckets, row)
        n_near, cut = _search_near(row, False, buckets, offsets, hashes, threshold, search)
        verdicts.is_unfinished[row] |= cut
        for place in range(n_near):
            _tie(verdicts.groups, row, search.near[place])
            _link(verdicts, row, search.near[place], search.similarities[place])
    for row in range(copies.size):
        verdicts.groups[row] = _root(verdicts.groups, row)


@kernel
def _fill(buckets: _Buckets, offsets: Offsets, hashes: Hashes, copies: Places) -> None:
    for row in range(copies.size):
        if not _is_copy(offsets, hashes, row, copies[row]):
            _place_kept(buckets, row)


@kernel
def _match_all(
    buckets: _Buckets,
    offsets: Offsets,
    hashes: Hashes,
    threshold: float,
    search: _Search,
    found: BestMatches,
) -> None:
    n_first = buckets.begins.shape[1] - found.matches.size
    for number in range(found.matches.size):
        row = n_first + number
        n_near, cut = _search_near(row, True, buckets, offsets, hashes, threshold, search)
        found.is_unfinished[number] = cut
        if n_near:
            best = _most_similar(search, n_near)
            found.matches[number] = search.near[best]
            found.similarities[number] = search.similarities[best]
