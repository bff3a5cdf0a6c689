import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.phrases import PhraseIndex, lower_in_place


def found(phrases, text):
    return [(hit.phrase, text[hit.start : hit.end]) for hit in PhraseIndex(phrases).find(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "written"),
    [
        ("client", "The CLIENT's file", ["CLIENT"]),
        ("client", "clients, reclient, client_id, client-side, self-client", []),
        ("client", "- client -client client: --client", ["client"] * 4),
        ("other side", "other  side, other\nside, otherside", ["other  side", "other\nside"]),
        ("other side", "other\n\nside", []),
        ("don't", "Don’t", ["Don’t"]),
        ("π", "π and Π", ["π", "Π"]),
        ("w/", "w/ him, w/o", ["w/"]),
        ("&", "a & b", ["&"]),
        ("café", "CAFÉ", ["CAFÉ"]),
        ("ist", "İist ist", ["ist"]),
    ],
)
def test_whole_phrases_are_found_in_any_case(phrase, text, written):
    assert [hit[1] for hit in found([phrase], text)] == written


def test_the_leftmost_and_then_the_longest_phrase_counts():
    assert found(["a b", "b c d", "a b c", "d"], "a b c d") == [("a b c", "a b c"), ("d", "d")]


@given(st.text(max_size=50))
def test_lowering_keeps_every_character_in_its_place(text):
    lowered = lower_in_place(text)
    assert len(lowered) == len(text)
    for before, after in zip(text, lowered, strict=True):
        assert after in (before, before.lower()) or before == "Σ"  # final sigma is ς in a word


WORDS = st.sampled_from(["a", "b", "A", "c", "-", "a-b", "\n", "x1"])


@given(
    st.lists(WORDS, max_size=12).map(" ".join),
    st.sets(st.sampled_from(["a", "a b", "b a c", "x1"])),
)
def test_the_index_finds_what_one_alternation_of_all_phrases_finds(text, phrases):
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    pattern = "|".join(phrase.replace(" ", r"(?:[ \t]{1,3}|\n)") for phrase in longest_first)
    expected = re.findall(rf"(?<!\w)(?<!\w-)(?:{pattern})(?!\w|-\w)", text, re.IGNORECASE)
    assert [hit[1] for hit in found(phrases, text)] == (expected if phrases else [])
