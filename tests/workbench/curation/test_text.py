import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.recipe import CleanRules
from workbench.curation.text import canonical, clean_text

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
    assert clean_text(dirty, RULES) == (clean, rules)


def test_rules_can_be_switched_off():
    off = CleanRules(mojibake=False, unicode=False, invisible=False, whitespace=False)
    assert clean_text(" cafÃ©\u200b ", off) == (" cafÃ©\u200b ", ())


@given(st.text(max_size=100))
def test_cleaning_twice_is_cleaning_once(text):
    off = CleanRules(mojibake=False)  # ftfy promises no fixed point
    once, _ = clean_text(text, off)
    assert clean_text(once, off) == (once, ())


def test_canonical_form_ignores_case_spacing_and_unicode_variants():
    assert canonical("Straße \n ＡＢＣ ") == canonical("STRASSE abc")
    assert canonical("no pain") != canonical("pain")
