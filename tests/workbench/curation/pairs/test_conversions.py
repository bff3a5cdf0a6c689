import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.pairs.conversions import (
    preferences_from_ranks,
    preferences_from_ratings,
    split_conversations,
)


def plain(found):
    return [(pair.chosen, pair.rejected, pair.margin) for pair in found.pairs]


def test_the_best_is_paired_with_each_that_is_strictly_worse():
    found = preferences_from_ratings([3, 5, 5, 1])
    assert plain(found) == [(1, 0, 2), (1, 3, 4)]
    assert found.n_tied == 1


def test_ranks_count_from_the_best():
    assert plain(preferences_from_ranks([2, 1, 3])) == [(1, 0, 1), (1, 2, 2)]


def test_equal_and_single_ratings_give_no_pair():
    assert preferences_from_ratings([4, 4, 4]).n_tied == 2
    for ratings in ([], [4], [4, 4, 4]):
        assert preferences_from_ratings(ratings).pairs == ()


@pytest.mark.parametrize("rating", [math.nan, math.inf, -math.inf])
def test_a_rating_that_is_no_number_is_refused(rating):
    with pytest.raises(ValueError, match="finite"):
        preferences_from_ratings([1, rating])


@given(st.lists(st.integers(-5, 5), min_size=1))
def test_every_answer_is_the_best_tied_with_it_or_rejected_once(ratings):
    found = preferences_from_ratings(ratings)
    assert 1 + found.n_tied + len(found.pairs) == len(ratings)
    for pair in found.pairs:
        assert ratings[pair.chosen] == max(ratings) == ratings[pair.rejected] + pair.margin
        assert pair.margin > 0


def turns(*contents):
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(contents)]


def test_conversations_are_split_before_the_last_turn():
    found = split_conversations(turns("q", "a", "r", "b"), turns("q", "x", "r", "c"))
    assert (found.chosen, found.rejected) == ("b", "c")
    assert [turn["content"] for turn in found.prompt] == ["q", "a", "r"]
    assert [turn["content"] for turn in found.rejected_prompt] == ["q", "x", "r"]


@pytest.mark.parametrize("rejected", [[], turns("q"), turns("q", "a", "r")])
def test_a_conversation_without_a_last_answer_is_refused(rejected):
    with pytest.raises(ValueError, match="rejected conversation"):
        split_conversations(turns("q", "a"), rejected)
