import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.statistics import (
    estimate,
    paired_difference,
    share_difference,
    share_estimate,
    wilson,
)


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    chance = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        centres = chance.normal(0, 1, size=30)
        values = np.repeat(centres, 4) + chance.normal(0, 0.5, size=120)
        found = estimate(list(values), [str(index // 4) for index in range(120)])
        covered += found.low <= 0 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def test_rows_of_one_group_that_agree_widen_the_interval():
    values = [float(index // 10 % 2) for index in range(200)]
    by_group = estimate(values, [str(index // 10) for index in range(200)])
    by_row = estimate(values, [str(index) for index in range(200)])
    assert by_group.high - by_group.low > 2.5 * (by_row.high - by_row.low)
    assert (by_group.n, by_group.groups, by_row.groups) == (200, 20, 200)


def test_one_group_falls_back_to_rows_and_says_so():
    found = estimate([0.0, 1.0] * 20, ["one"] * 40)
    assert found.groups == 1
    assert found.low < 0.5 < found.high


def test_equal_values_have_no_width():
    found = estimate([0.7] * 9, list("abcabcabc"))
    assert (found.low, found.mean, found.high) == pytest.approx((0.7, 0.7, 0.7))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_or_nothing_is_not_taken_for_certain(value):
    found = share_estimate([value] * 60, [str(index % 6) for index in range(60)])
    assert (found.low, found.high) == pytest.approx(wilson(int(60 * value), 60))
    assert found.mean == value
    assert 0.05 < found.high - found.low < 0.07


@pytest.mark.parametrize(("ours", "theirs"), [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)])
@pytest.mark.parametrize("n", [2, 140])
def test_arms_that_differ_alike_on_every_row_are_not_taken_for_certain(ours, theirs, n):
    found = share_difference([ours] * n, [theirs] * n, [str(index) for index in range(n)])
    assert -1 <= found.low <= found.mean <= found.high <= 1
    assert found.high - found.low == pytest.approx(2 * (1 - wilson(n, n)[0]))


def test_a_share_between_them_has_the_bootstrap_interval():
    values, groups = [0.0, 1.0, 1.0] * 8, [str(index) for index in range(24)]
    assert share_estimate(values, groups) == estimate(values, groups)


def test_pairing_removes_what_both_arms_share():
    chance = np.random.default_rng(5)
    difficulty = chance.normal(0, 5, size=80)
    groups = [str(index) for index in range(80)]
    gap = paired_difference(list(difficulty + 0.5), list(difficulty), groups)
    assert (gap.low, gap.high) == pytest.approx((0.5, 0.5))


def test_the_sign_is_ours_minus_theirs():
    assert paired_difference([1.0, 1.0], [0.0, 0.0], ["a", "b"]).mean == 1.0


@pytest.mark.parametrize(("values", "groups"), [([], []), ([1.0], [])])
def test_nothing_to_estimate_is_an_error(values, groups):
    with pytest.raises(ValueError, match="values in"):
        estimate(values, groups)


def test_unequal_arms_are_an_error():
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0], [1.0, 2.0], ["a"])


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcdef")), min_size=1, max_size=40),
)
def test_a_share_stays_within_its_interval_and_the_same_call_gives_the_same(rows):
    values, groups = [value for value, _ in rows], [group for _, group in rows]
    found = estimate(values, groups)
    assert -1e-9 <= found.low <= found.high <= 1 + 1e-9
    assert found == estimate(values, groups)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe 1998, table I, method 3, to four digits
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_as_published(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_without_a_trial_knows_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
