import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.leakage.jaccard_pairs import jaccard_pairs

WORDS = st.lists(st.sampled_from("abcdef"), max_size=9).map(" ".join)


def shingles(text, size):
    words = text.split()
    if not words:
        return set()
    return {tuple(words[n : n + size]) for n in range(max(1, len(words) - size + 1))}


def plain_pairs(first, second, threshold, size):
    found = {}
    for n, one in enumerate(first):
        for m, other in enumerate(second):
            a, b = shingles(one, size), shingles(other, size)
            if a and b and len(a & b) >= threshold * len(a | b) - 1e-9:
                found[n, m] = len(a & b) / len(a | b)
    return found


@settings(deadline=None)  # the first call compiles the kernels
@given(
    st.lists(WORDS, max_size=12),
    st.lists(WORDS, max_size=12),
    st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9, 1.0]),
    st.integers(1, 4),
)
def test_exactly_the_pairs_of_a_plain_comparison_are_found(first, second, threshold, size):
    found = jaccard_pairs(first, second, threshold=threshold, shingle_words=size)
    pairs = zip(found.first.tolist(), found.second.tolist(), strict=True)
    scores = dict(zip(pairs, found.scores.tolist(), strict=True))
    expected = plain_pairs(first, second, threshold, size)
    assert list(scores) == sorted(expected)
    assert scores == pytest.approx(expected)


def test_more_pairs_than_the_first_room_and_more_texts_than_a_batch_are_found():
    first = [f"the same words again {n % 2}" for n in range(5000)]
    found = jaccard_pairs(first, ["the same words again 0"], threshold=0.9)
    assert np.array_equal(found.first, np.arange(0, 5000, 2))
    assert set(found.scores) == {1.0}
