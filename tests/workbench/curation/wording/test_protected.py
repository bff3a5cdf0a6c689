import pytest

from workbench.curation.wording.protected import ProtectedSpans


def spans(text, *args, **options):
    return sorted(text[a:b] for a, b in ProtectedSpans(*args, **options).find(text))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("see ```a\nb``` or `c d`", ["```a\nb```", "`c d`"]),
        ("at https://x.example/a?b=c or", ["https://x.example/a?b=c"]),
        ("at www.y.example now", ["www.y.example"]),
        ("mail a.b+c@x.co.uk now", ["a.b+c@x.co.uk"]),
        ("[EMAIL] [PERSON_1] [see below]", ["[EMAIL]", "[PERSON_1]"]),
        ("{input} {{ name }} {}", ["{input}", "{{ name }}"]),
        ("<b>x</b> 1 < 2 > 0", ["</b>", "<b>"]),
        ('plain "quoted" text', []),
    ],
)
def test_code_addresses_and_placeholders_are_protected(text, kept):
    assert spans(text) == kept


def test_quotations_are_protected_on_request():
    assert spans('a "b c" “d” «e» „f“', quotes=True) == ['"b c"', "«e»", "“d”", "„f“"]


def test_the_users_phrases_and_patterns_are_protected():
    text = "In People v. Client, 42 U.S.C. § 1983 applies."
    found = spans(text, ["people v. client"], [r"\d{1,3} U\.S\.C\. § \d{1,5}"])
    assert found == ["42 U.S.C. § 1983", "People v. Client"]


def test_a_pattern_that_backtracks_is_refused():
    with pytest.raises(ValueError, match="could take very long"):
        ProtectedSpans((), ["(a+)+$"])
