import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from training.inspection import Bin, distribution

COUNTS = st.lists(st.integers(0, 100_000), min_size=1, max_size=60)


def test_percentiles_are_nearest_ranks():
    found = distribution([5, 1, 4, 2, 3, 6, 7, 8, 9, 10])
    assert (found.minimum, found.median, found.p95, found.maximum) == (1, 5, 10, 10)
    assert (found.n, found.total) == (10, 55)


def test_bars_have_a_round_width_and_keep_empty_places():
    # a span of 41 needs bars of 2: 21 of them and the one that the beginning may add
    bins = distribution([10, 11, 50]).bins
    assert bins[0] == Bin(10, 12, 2)
    assert bins[-1] == Bin(50, 52, 1)
    assert len(bins) == 21
    assert sum(bin_.count for bin_ in bins) == 3


def test_nothing_has_no_bars():
    assert distribution([]).bins == ()


@given(counts=COUNTS)
def test_every_count_stands_in_its_own_bar(counts):
    bins = distribution(counts).bins
    assert len(bins) <= 24
    assert all(left.high == right.low for left, right in pairwise(bins))
    for bin_ in bins:
        assert bin_.count == sum(bin_.low <= count < bin_.high for count in counts)
    assert sum(bin_.count for bin_ in bins) == len(counts)


@given(counts=COUNTS)
def test_percentiles_do_not_depend_on_order_and_leave_their_share_above(counts):
    found = distribution(counts)
    assert found == distribution(sorted(counts, reverse=True))
    assert sum(count <= found.p95 for count in counts) >= math.ceil(0.95 * len(counts))
    assert sum(count < found.p95 for count in counts) < 0.95 * len(counts)
