import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.changes import Change, make_changes
from workbench.curation.wording.text_edits import (
    TextEdit,
    decoded_edits,
    edits_by_rule,
    encoded_edits,
    packed_edits,
    unpacked_edits,
    with_edits,
    without_edits,
)
from workbench.errors import DataError

TEXT = "Ann met Bob, a@b.c"
CHANGES = (
    Change(0, "Ann", "Rosalind", "name"),
    Change(8, "Bob", "Al", "name"),
    Change(13, "a@b.c", "[EMAIL]", "email"),
)


@st.composite
def texts_with_changes(draw):
    pieces = draw(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), max_size=6))
    text, changes = "", []
    for kept, before in pieces:
        text += kept
        if before:
            rule = draw(st.sampled_from(["a", "b", "c"]))
            changes.append(Change(len(text), before, draw(st.text(max_size=4)), rule))
        text += before
    return text, tuple(changes)


def test_each_rule_counts_in_what_the_rules_before_left():
    email, name = edits_by_rule("input", CHANGES)
    assert (email.rule, email.changes) == ("email", (Change(13, "a@b.c", "[EMAIL]"),))
    assert (name.rule, name.changes) == (
        "name",
        (Change(0, "Ann", "Rosalind"), Change(8, "Bob", "Al")),
    )
    first, second = edits_by_rule("input", (Change(0, "Ann", "X", "a"), Change(8, "Bob", "Y", "b")))
    assert (first.changes[0].start, second.changes[0].start) == (0, 6)


@given(texts_with_changes())
def test_edits_by_rule_lead_where_the_changes_lead_and_back(drawn):
    text, changes = drawn
    edits = edits_by_rule("input", changes)
    after = with_edits({"input": text, "output": "o"}, edits)
    assert after == {"input": make_changes(text, changes), "output": "o"}
    assert without_edits(after, edits) == {"input": text, "output": "o"}


@given(texts_with_changes(), st.booleans())
def test_packing_and_encoding_keep_everything(drawn, is_made):
    edits = (TextEdit("r", "input", drawn[1], is_made),)
    assert unpacked_edits(packed_edits(edits)) == edits
    content = encoded_edits([["stage", packed_edits(edits)]])
    assert decoded_edits(content) == [("stage", edits[0])]


def test_a_suggestion_changes_nothing():
    suggested = TextEdit("suggestion", "input", CHANGES, is_made=False)
    assert with_edits({"input": TEXT}, [suggested]) == {"input": TEXT}
    assert without_edits({"input": TEXT}, [suggested]) == {"input": TEXT}


def test_edits_of_another_text_are_refused():
    with pytest.raises(DataError, match="another text"):
        with_edits({"input": "Eve"}, edits_by_rule("input", CHANGES))
