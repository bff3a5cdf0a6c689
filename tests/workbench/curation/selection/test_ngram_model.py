import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.selection.ngram_model import NgramModel
from workbench.curation.word_hashes import hash_words

WORDS = ("aa", "bb", "cc", "dd")
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=4)
DISCOUNT = 0.75


def plain_probability(texts, context, word):
    """Chen and Goodman's interpolated Kneser-Ney with dictionaries, for a context of two words."""
    triples = defaultdict(int)
    for text in texts:
        words = ["^", "^", *text.split()]
        for place in range(2, len(words)):
            triples[tuple(words[place - 2 : place + 1])] += 1
    pairs = defaultdict(int)
    for triple in triples:
        pairs[triple[1:]] += 1
    singles = defaultdict(int)
    for pair in pairs:
        singles[pair[1:]] += 1
    found = 1 / len(WORDS)
    for counts, length in ((singles, 0), (pairs, 1), (triples, 2)):
        before = tuple(context[2 - length :])
        follow = {run[-1]: count for run, count in counts.items() if run[:-1] == before}
        if follow:
            total = sum(follow.values())
            kept = max(follow.get(word, 0) - DISCOUNT, 0)
            found = (kept + DISCOUNT * len(follow) * found) / total
    return found


def model(texts):
    return NgramModel(hash_words(texts), n_vocabulary=len(WORDS))


@settings(deadline=None)
@given(TEXTS, st.lists(st.sampled_from(WORDS), max_size=5))
def test_probabilities_are_those_of_the_formula(texts, words):
    found = model(texts).log_probabilities(hash_words([" ".join(words)]))
    padded = ["^", "^", *words]
    expected = [
        math.log(plain_probability(texts, padded[place : place + 2], word))
        for place, word in enumerate(words)
    ]
    assert found.tolist() == pytest.approx(expected)


@settings(deadline=None)
@given(TEXTS, st.lists(st.sampled_from(WORDS), max_size=3))
def test_the_probabilities_of_all_words_add_up_to_one(texts, context):
    continued = hash_words([" ".join([*context, word]) for word in WORDS])
    last = model(texts).log_probabilities(continued)[continued.offsets[1:] - 1]
    assert np.exp(last).sum() == pytest.approx(1)


def test_texts_like_those_learned_from_are_more_probable():
    learned = model(["aa bb cc dd", "aa bb cc"])
    likely, unlikely = (
        learned.log_probabilities(hash_words([text])) for text in ("aa bb cc", "dd cc bb")
    )
    assert likely.sum() > unlikely.sum()
