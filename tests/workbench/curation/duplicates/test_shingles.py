from itertools import chain

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.duplicates.comparing import similarity_at_least
from workbench.curation.duplicates.shingles import join_sets, list_shingles, shingle_sets
from workbench.curation.word_hashes import hash_words

BASE = 0x9E3779B97F4A7C15
texts_of_few_words = st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join)


def plain_shingles(text, shingle_words):
    words = text.split()
    last = max(len(words) - shingle_words, 0)
    return [tuple(words[i : i + shingle_words]) for i in range(last + 1)] if words else []


@settings(deadline=None)
@given(st.lists(texts_of_few_words, max_size=5), st.integers(1, 6))
def test_shingles_are_equal_where_the_words_are(texts, shingle_words):
    offsets, hashes = list_shingles(hash_words(texts), shingle_words)
    plain = [plain_shingles(text, shingle_words) for text in texts]
    assert np.diff(offsets).tolist() == [len(shingles) for shingles in plain]
    pairs = set(zip(chain(*plain), hashes.tolist(), strict=True))
    assert (
        len(pairs) == len({shingle for shingle, _ in pairs}) == len({hash_ for _, hash_ in pairs})
    )


def test_a_shingle_is_the_polynomial_of_its_word_hashes():
    words = hash_words(["one two three"])
    one, two, three = words.hashes.tolist()
    _, hashes = list_shingles(words, 2)
    assert hashes.tolist() == [
        (one * BASE + two) % (1 << 64),
        (two * BASE + three) % (1 << 64),
    ]


def test_a_text_shorter_than_a_shingle_has_one_of_all_its_words():
    sets = shingle_sets(["three words here", "", "!", "three words here now", "one"], 4)
    assert np.diff(sets.offsets).tolist() == [1, 0, 0, 1, 1]
    assert not np.array_equal(sets.of(0), sets.of(3))


@settings(deadline=None)
@given(st.lists(texts_of_few_words, max_size=6), st.integers(1, 3))
def test_sets_are_sorted_distinct_and_joined_in_order(texts, shingle_words):
    sets = shingle_sets(texts, shingle_words)
    joined = join_sets(
        [shingle_sets(texts[:2], shingle_words), shingle_sets(texts[2:], shingle_words)]
    )
    assert np.array_equal(sets.offsets, joined.offsets)
    assert np.array_equal(sets.hashes, joined.hashes)
    for index, text in enumerate(texts):
        assert np.all(np.diff(sets.of(index)) > 0)
        assert sets.of(index).size == len(set(plain_shingles(text, shingle_words)))


some_sets = st.sets(st.integers(0, 30), max_size=25)


@settings(deadline=None)
@given(some_sets, some_sets, st.sampled_from([0.1, 0.25, 0.5, 2 / 3, 0.75, 0.8, 0.9, 1.0]))
def test_similarity_is_that_of_the_sets_if_it_reaches_the_threshold(one, other, threshold):
    plain = len(one & other) / len(one | other) if one and other else 0.0
    found = similarity_at_least(
        np.array(sorted(one), np.uint64), np.array(sorted(other), np.uint64), threshold
    )
    assert found == (plain if plain >= threshold else 0.0)


def test_a_similarity_equal_to_the_threshold_counts():
    one = np.arange(0, 9, dtype=np.uint64)
    other = np.arange(1, 10, dtype=np.uint64)
    assert similarity_at_least(one, other, 0.8) == 0.8  # 8 of 10
    assert similarity_at_least(one, other, 0.81) == 0.0
