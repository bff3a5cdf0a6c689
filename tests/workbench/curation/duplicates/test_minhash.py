import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.duplicates.minhash import (
    N_PERMUTATIONS,
    NO_SHINGLE,
    sign_texts,
)
from workbench.curation.duplicates.shingles import shingle_sets


def plain_signature(text, shingle_words):
    drawn = [int(value) >> 32 for value in np.random.PCG64(20261124).random_raw(256)]
    shingles = [
        ((wide ^ wide >> 32) * 0xBF58476D1CE4E5B9 % (1 << 64)) >> 32
        for wide in shingle_sets([text], shingle_words).hashes.tolist()
    ]
    return [
        min((((factor | 1) * value + term) % (1 << 32) for value in shingles), default=2**32 - 1)
        for factor, term in zip(drawn[:128], drawn[128:], strict=True)
    ]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text("ab ", max_size=40), max_size=3), st.integers(1, 5))
def test_a_signature_is_what_a_plain_loop_gives(texts, shingle_words):
    found = sign_texts(texts, shingle_words=shingle_words)
    assert found.tolist() == [plain_signature(text, shingle_words) for text in texts]


def test_signatures_depend_neither_on_threads_nor_on_batches():
    texts = [f"word {number} of many other words {number * 7}" for number in range(9000)]
    one = sign_texts(texts, n_threads=1)
    assert np.array_equal(one, sign_texts(iter(texts), n_threads=2))
    assert np.array_equal(one[5000], sign_texts([texts[5000]])[0])


def test_a_text_without_words_has_the_empty_signature():
    assert np.all(sign_texts([" .,! "]) == NO_SHINGLE)
    assert sign_texts([]).shape == (0, N_PERMUTATIONS)


@pytest.mark.parametrize("n_changed", [2, 5, 10])
def test_equal_places_estimate_the_similarity_without_bias(n_changed):
    """1,000 pairs of 128 places: the mean is off by 4 standard errors once in 16,000 times."""
    chance = np.random.default_rng(n_changed)
    estimates, exact = [], []
    for _ in range(1000):
        one = chance.integers(10**6, size=100)
        other = one.copy()
        other[chance.choice(100, n_changed, replace=False)] = chance.integers(10**6, size=n_changed)
        texts = [" ".join(map(str, words)) for words in (one, other)]
        sets = [set(shingle_sets([text], 5).hashes.tolist()) for text in texts]
        exact.append(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
        signatures = sign_texts(texts, n_threads=1)
        estimates.append(np.mean(signatures[0] == signatures[1]))
    variance = np.mean([s * (1 - s) for s in exact]) / 128
    assert abs(np.mean(estimates) - np.mean(exact)) < 4 * np.sqrt(variance / 1000)
    assert np.mean((np.array(estimates) - exact) ** 2) == pytest.approx(variance, rel=0.25)
