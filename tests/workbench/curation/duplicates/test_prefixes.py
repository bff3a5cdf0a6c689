import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.duplicates.prefixes import find_prefixes
from workbench.curation.duplicates.shingles import ShingleSets


def as_sets(sets):
    """Small numbers spread over the range of hashes, each set sorted."""
    spread = [sorted(number << 55 | number for number in one) for one in sets]
    offsets = np.cumsum([0, *map(len, spread)])
    return ShingleSets(offsets, np.array([hash_ for one in spread for hash_ in one], np.uint64))


def met(prefixes, smaller, larger):
    """Whether the short prefix of one set and the long one of the other have a bucket in common."""

    def begins(row, short):
        entries = slice(prefixes.offsets[row], prefixes.offsets[row + 1])
        chosen = prefixes.is_short[entries] if short else slice(None)
        return set(prefixes.begins[entries][chosen].tolist())

    return bool(begins(smaller, True) & begins(larger, False))


small_sets = st.lists(st.sets(st.integers(0, 40), max_size=15), max_size=12)


@settings(deadline=None, max_examples=200)
@given(small_sets, st.sampled_from([0.1, 0.3, 0.5, 2 / 3, 0.8, 0.9, 1.0]))
def test_no_pair_of_near_sets_is_lost(sets, threshold):
    prefixes = find_prefixes(as_sets(sets), threshold, n_threads=1)
    for row, smaller in enumerate(sets):
        for other, larger in enumerate(sets):
            if row == other or len(smaller) > len(larger) or not smaller:
                continue
            if len(smaller & larger) / len(smaller | larger) >= threshold:
                assert met(prefixes, row, other)


@settings(deadline=None)
@given(small_sets)
def test_each_bucket_is_as_long_as_it_has_sets(sets):
    prefixes = find_prefixes(as_sets(sets), 0.5, n_threads=2)
    assert prefixes.offsets[-1] == prefixes.begins.size
    for begin, end in zip(prefixes.begins, prefixes.ends, strict=True):
        assert end - begin == np.sum(prefixes.begins == begin)
        assert not np.any((prefixes.begins > begin) & (prefixes.begins < end))


def test_the_rarest_shingles_come_first():
    """Of 10 shingles, 8 in all sets, the long prefix for .8 has 3 and the short one 2."""
    sets = [{*range(8), 8 + row // 2, 20 + row // 2} for row in range(6)]
    prefixes = find_prefixes(as_sets(sets), 0.8, n_threads=1)
    assert np.diff(prefixes.offsets).tolist() == [3] * 6
    sizes = (prefixes.ends - prefixes.begins).reshape(6, 3)
    assert sizes.tolist() == [[2, 2, 6]] * 6
    assert prefixes.is_short.reshape(6, 3).tolist() == [[True, True, False]] * 6


@pytest.mark.parametrize("sets", [[], [set()], [{1}], [{1}, {2}]])
def test_sets_that_share_nothing_have_no_entries(sets):
    prefixes = find_prefixes(as_sets(sets), 0.8, n_threads=1)
    assert prefixes.begins.size == 0
    assert prefixes.offsets.tolist() == [0] * (len(sets) + 1)
