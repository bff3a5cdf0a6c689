from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.server_env.workbench_argilla.words import GAP, INNER_SIGNS, spelled, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The 2 QUICK Brown-Foxes jumped.", ["the", "2", "quick", "brown", "foxes", "jumped"]),
        ("the dog's bone don’t", ["the", "dog's", "bone", "don’t"]),
        ("3.50 1,000 v1.2 a.b e.g. foo_bar", ["3.50", "1,000", "v1.2", "a.b", "e.g", "foo_bar"]),
        ("Café KÖLN", ["café", "köln"]),
        ("日本語 ひら カタカナ", ["日", "本", "語", "ひ", "ら", "カタカナ"]),
        ("हिन्दी ไทย 한국어", ["हिन्दी", "ไทย", "한국어"]),
        ("ok 👍 — no", ["ok", "👍", "no"]),
        ('"quoted" (x) -y', ["quoted", "x", "y"]),
        ("' . , : ;", []),
        ("", []),
    ],
)
def test_words_are_those_of_elasticsearchs_standard_analyzer(
    text: str, expected: list[str]
) -> None:
    # expected values by the rules of UAX #29, the first line from Elasticsearch's documentation
    assert words(text) == expected


@given(st.text())
def test_a_word_holds_nothing_that_could_end_it(text: str) -> None:
    for word in words(text):
        assert word
        assert not set(word) & set(' "\t\n' + GAP)
        signs = {sign for sign in word if sign.isascii() and not sign.isalnum()}
        assert signs <= set(INNER_SIGNS)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_is_read_alike_by_both_patterns(text: str) -> None:
    assert words(f"{text} é") == [*words(text), "é"]


def test_passages_are_kept_apart() -> None:
    assert spelled(["One two.", "Three"]) == f"one two {GAP} three"
