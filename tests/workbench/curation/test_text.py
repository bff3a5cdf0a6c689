import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.recipe import CleanRules
from workbench.curation.text import Repaired, canonical, clean_text
from workbench.curation.wording.changes import Change, revert

RULES = CleanRules()


@pytest.mark.parametrize(
    ("dirty", "clean", "rules"),
    [
        ("plain", "plain", ()),
        ("cafÃ© au lait", "café au lait", ("mojibake",)),
        ("itâ€™s", "it’s", ("mojibake",)),
        ("cafe\u0301", "café", ("unicode",)),
        ("a\u200bb\x07\ufeff", "ab", ("invisible",)),
        (" a  b\t c \r\n\r\n\r\n\r\nd\u00a0e ", "a b c\n\nd e", ("whitespace",)),
        ("- a\n    indented   text", "- a\n    indented text", ("whitespace",)),
        ("👩\u200d⚖️ می\u200cخواهم", "👩\u200d⚖️ می\u200cخواهم", ()),
    ],
)
def test_each_rule_repairs_and_says_so(dirty, clean, rules):
    repaired = clean_text(dirty, RULES)
    assert (repaired.text, tuple(repaired.changes)) == (clean, rules)


def test_rules_can_be_switched_off():
    off = CleanRules(mojibake=False, unicode=False, invisible=False, whitespace=False)
    assert clean_text(" cafÃ©\u200b ", off) == Repaired(" cafÃ©\u200b ", {})


@given(st.text(max_size=100))
def test_cleaning_twice_is_cleaning_once(text):
    off = CleanRules(mojibake=False)  # ftfy promises no fixed point
    once = clean_text(text, off).text
    assert clean_text(once, off) == Repaired(once, {})


def test_the_changes_are_the_spans_that_a_reader_would_name():
    repaired = clean_text(" a  b\u200b\u200b\tc cafe\u0301\n", RULES)
    assert repaired.text == "a b c café"
    assert repaired.changes == {
        "unicode": (Change(10, "cafe\u0301", "café"),),
        "invisible": (Change(5, "\u200b\u200b", ""),),
        "whitespace": (
            Change(0, " ", ""),
            Change(2, "  ", " "),
            Change(5, "\t", " "),
            Change(12, "\n", ""),
        ),
    }


@given(
    st.text(
        st.sampled_from(" \t\n\r\x0b\x1c\x85\u2028\u2029\u3000\u200bab\u00e9e\u0301Ã©"), max_size=40
    )
)
def test_undoing_the_changes_from_the_last_gives_the_text_as_it_was(text):
    repaired = clean_text(text, RULES)
    undone = repaired.text
    for changes in reversed(repaired.changes.values()):
        undone = revert(undone, changes)
    assert undone == text


def test_canonical_form_ignores_case_spacing_and_unicode_variants():
    assert canonical("Straße \n ＡＢＣ ") == canonical("STRASSE abc")
    assert canonical("no pain") != canonical("pain")
