"""The kernel against regular expressions, and by hand."""

import re
from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.word_counts import WordCounts, count_words

WORD = re.compile(r"[A-Za-z]+")
NAME = re.compile(r"(?<=[a-z,] )(?<![A-Za-z])[A-Z][a-z]{3,29}(?![A-Za-z])")


def counted_plainly(texts: list[str]) -> WordCounts:
    rows: Counter[str] = Counter()
    for text in texts:
        rows.update({word.lower() for word in WORD.findall(text) if len(word) <= 40})
    names = {name.lower() for text in texts for name in NAME.findall(text)}
    return WordCounts(dict(rows), frozenset(names))


def test_a_word_counts_once_a_text_and_names_are_told_by_their_place():
    counts = count_words(["Maria calls, and Robert calls. Later", "We call Robert, MARIA, Bob"])
    assert counts.rows == {
        "maria": 2,
        "calls": 1,
        "and": 1,
        "robert": 2,
        "later": 1,
        "we": 1,
        "call": 1,
        "bob": 1,
    }
    assert counts.names == {"robert"}


def test_no_texts_have_no_words():
    assert count_words(["", "12 — é"]) == count_words([]) == WordCounts({}, frozenset())


@given(st.lists(st.text(st.sampled_from("abzABZ ,.é1_\n"), max_size=60), max_size=8))
def test_it_counts_what_regular_expressions_find(texts):
    assert count_words(texts) == counted_plainly(texts)


def test_the_table_grows_with_the_vocabulary():
    words = ["".join(letters) for letters in product("abcdefg", repeat=6)]
    texts = [" ".join(words[place::50]) for place in range(60)]
    assert count_words(texts) == counted_plainly(texts)
