import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.selection.embedding import DIMENSIONS, TextEmbedding

COLLECTION = [
    "the tenant pays rent to the landlord",
    "the landlord repairs the heating of the flat",
    "the patient has pain in the chest",
    "the driver stopped at the light",
]


def cosines(*texts, collection=COLLECTION):
    vectors = TextEmbedding(collection).embed(texts)
    return vectors @ vectors.T


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_vectors_have_length_one_or_are_empty(texts):
    vectors = TextEmbedding(texts).embed(texts)
    assert vectors.shape == (len(texts), DIMENSIONS)
    for length in np.linalg.norm(vectors, axis=1):
        assert length == pytest.approx(1, abs=1e-5) or length == 0


@settings(deadline=None)
@given(st.permutations(COLLECTION))
def test_a_vector_depends_neither_on_order_nor_on_company(order):
    (alone,) = TextEmbedding(order).embed(["the tenant of the flat"])
    _, together = TextEmbedding(COLLECTION).embed(["another", "the tenant of the flat"])
    assert alone.tobytes() == together.tobytes()


def test_case_and_spacing_do_not_matter_and_an_empty_text_is_like_nothing():
    found = cosines("The  TENANT pays", "the tenant pays", "")
    assert found[0, 1] == pytest.approx(1, abs=1e-6)
    assert found[2].tolist() == [0, 0, 0]


def test_what_texts_share_tells_more_the_rarer_it_is():
    weighted = cosines("the tenant", "the patient", "a tenant")
    assert weighted[0, 2] > weighted[0, 1] + 0.2


def test_words_that_only_begin_alike_are_alike_by_their_characters():
    found = cosines("landlord repairs heating", "landlords repaired heatings", "ecg brake lease")
    assert found[0, 1] > found[0, 2] + 0.2


def test_texts_with_nothing_in_common_are_nearly_at_right_angles():
    letters = string.ascii_lowercase
    texts = [
        f"{one * 5}{other * 5} {other * 5}{one * 5}"
        for one, other in zip(letters[::2], letters[1::2], strict=True)
    ]
    found = cosines(*texts, collection=[])[np.triu_indices(len(texts), 1)]
    assert np.abs(found).mean() < 0.1  # 256 dimensions a half: 1/16 on average


def test_the_cosine_is_near_that_of_the_exact_vectors():
    # Four of six words in common, each once in its text and of equal weight: cosine 4/6 of words.
    texts = ["alpha bravo carol delta east west", "alpha bravo carol delta mine gold"]
    words = [set(text.split()) for text in texts]
    runs = [{text[i : i + 4] for i in range(len(text) - 3)} for text in texts]
    expected = np.mean(
        [len(one & other) / np.sqrt(len(one) * len(other)) for one, other in (words, runs)]
    )
    # no collection, so that every weight is the same
    assert cosines(*texts, collection=[])[0, 1] == pytest.approx(expected, abs=0.1)
