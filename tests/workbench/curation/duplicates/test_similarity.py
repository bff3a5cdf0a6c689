import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.duplicates.similarity import is_similar, word_jaccard, word_similarity
from workbench.curation.word_hashes import hash_words

TEXTS = st.text("abcd ", max_size=24)


def hashes(*texts):
    words = hash_words(texts)
    return [words.of(index) for index in range(len(texts))]


def plain_lcs(one, other):
    if not one or not other:
        return 0
    if one[-1] == other[-1]:
        return 1 + plain_lcs(one[:-1], other[:-1])
    return max(plain_lcs(one[:-1], other), plain_lcs(one, other[:-1]))


@settings(deadline=None)
@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_word_similarity_is_the_share_of_the_longest_common_subsequence(one, other):
    a, b = one.split(), other.split()
    expected = 2 * plain_lcs(a, b) / (len(a) + len(b)) if a or b else 1.0
    assert word_similarity(*hashes(one, other)) == pytest.approx(expected)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.floats(0, 1))
def test_the_shortcut_agrees_with_the_similarity_which_is_a_share(one, other, bound):
    a, b = hashes(one, other)
    similarity = word_similarity(a, b)
    assert 0 <= similarity <= 1
    assert similarity == word_similarity(b, a)
    assert is_similar(a, b, bound) == (similarity >= bound)


def test_order_counts_for_the_similarity_but_not_for_the_overlap():
    one, other = hashes("the tenant paid the landlord", "the landlord paid the tenant")
    assert word_jaccard(np.unique(one), np.unique(other)) == 1.0
    assert word_similarity(one, other) == pytest.approx(2 * 3 / 10)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_the_overlap_is_that_of_sets_of_words(one, other):
    a, b = set(one.split()), set(other.split())
    expected = len(a & b) / len(a | b) if a or b else 1.0
    assert word_jaccard(*map(np.unique, hashes(one, other))) == pytest.approx(expected)
