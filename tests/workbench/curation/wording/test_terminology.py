import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.changes import Change, revert
from workbench.curation.wording.protected import ProtectedSpans
from workbench.curation.wording.terminology import Glossary

LEGAL = Glossary(
    {
        "plaintiff": ["client", "claimant", "our client", "π"],
        "non-disclosure agreement": ["NDA", "secrecy agreement"],
        "GitHub": ["github"],
    },
    ProtectedSpans(["People v. Client"], [r"Client No\. \d{1,6}"]),
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("the client's file", "the plaintiff's file"),
        ("Our client called. Client agreed.", "Plaintiff called. Plaintiff agreed."),
        ("THE CLIENT, the Client", "THE PLAINTIFF, the Plaintiff"),
        ("an NDA", "an non-disclosure agreement"),
        ("Signed.\nNDA: none", "Signed.\nNon-disclosure agreement: none"),
        ("SECRECY AGREEMENT", "NON-DISCLOSURE AGREEMENT"),
        ("on github, GITHUB or GitHub", "on GitHub, GITHUB or GitHub"),
        ("clients and client-side", "clients and client-side"),
        ("π is", "plaintiff is"),
    ],
)
def test_variants_become_terms_in_the_case_of_the_text(before, after):
    edited = LEGAL.apply(before)
    assert edited.text == after
    assert revert(edited.text, edited.changes) == before


@pytest.mark.parametrize(
    "text",
    [
        "People v. Client stands",
        "Client No. 123 is closed",
        "write to client@firm.example",
        "see https://firm.example/client",
        "`client` and {client}",
    ],
)
def test_protected_spans_are_left_alone(text):
    assert LEGAL.apply(text).changes == ()


def test_each_change_names_its_term():
    assert LEGAL.apply("a client").changes == (Change(2, "client", "plaintiff", "plaintiff"),)


def test_a_replacement_is_never_matched_again():
    glossary = Glossary({"big cat": ["cat"]})
    assert glossary.apply("a cat").text == "a big cat"
    assert glossary.apply("a big cat").text == "a big cat"


def test_a_replacement_that_would_form_another_variant_is_suggested_only():
    glossary = Glossary({"agreement": ["contract"], "settlement": ["settlement agreement"]})
    edited = glossary.apply("settlement contract")
    assert (edited.text, edited.changes) == ("settlement contract", ())
    assert edited.suggestions == (Change(11, "contract", "agreement", "agreement"),)
    assert glossary.apply("a settlement agreement, a contract").text == "a settlement, a agreement"


PHRASES = st.lists(st.sampled_from(["a", "b", "C", "d-e", "f"]), min_size=1, max_size=3).map(
    " ".join
)
GLOSSARIES = st.dictionaries(PHRASES, st.lists(PHRASES, max_size=3), max_size=4)
TEXTS = st.lists(
    st.sampled_from(["a", "B", "c", "d-e", "F", ".", "\n", "[A]", "a's"]), max_size=12
).map(" ".join)


@given(GLOSSARIES, TEXTS)
def test_every_edit_can_be_undone_and_a_second_pass_changes_nothing(terms, text):
    glossary = Glossary(terms)
    edited = glossary.apply(text)
    assert revert(edited.text, edited.changes) == text
    assert glossary.apply(edited.text).changes == ()
