import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.text import canonical
from workbench.curation.word_hashes import hash_words


def mixed(value):
    """SplitMix64's finaliser on Python's own integers."""
    wide = (1 << 64) - 1
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & wide
    value = (value ^ value >> 27) * 0x94D049BB133111EB & wide
    return value ^ value >> 31


def plain_hash(word):
    value = 0xCBF29CE484222325
    for byte in word:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return mixed(value)


def plain_words(text):
    return re.findall(rb"[a-z0-9\x80-\xff]+", canonical(text).lower().encode())


@settings(deadline=None)  # the first call compiles the kernel
@given(st.lists(st.text()))
def test_each_word_has_the_hash_that_a_plain_loop_gives(texts):
    found = hash_words(texts)
    for index, text in enumerate(texts):
        assert found.of(index).tolist() == [plain_hash(word) for word in plain_words(text)]


def test_case_spacing_and_punctuation_do_not_matter():
    first, second, third = (
        hash_words([text]).hashes
        for text in ("The  tenant, (Smith) paid.", "the tenant smith PAID", "the tenant smith")
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_nothing_has_no_words():
    found = hash_words(["", " ,. ", "a"])
    assert found.offsets.tolist() == [0, 0, 0, 1]
    assert hash_words([]).offsets.tolist() == [0]
