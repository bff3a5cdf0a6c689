import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.changes import (
    Change,
    Edited,
    diff_spans,
    edit_once,
    make_changes,
    revert,
)
from workbench.errors import DataError

WORDS = st.lists(st.sampled_from(["a", "b", "cat", " ", "\n", ".", "é"]), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("before", "after", "spans"),
    [
        ("same", "same", []),
        ("", "new", [(0, "", "new")]),
        ("old", "", [(0, "old", "")]),
        ("the old cat sat", "the new cat sat down", [(4, "old", "new"), (15, "", " down")]),
        ("a  b", "a b", [(2, " ", "")]),
        ("cafe\u0301!", "café!", [(0, "cafe\u0301", "café")]),
    ],
)
def test_only_what_differs_is_a_span(before, after, spans):
    found = [(change.start, change.before, change.after) for change in diff_spans(before, after)]
    # of two equal spaces either may be the one that goes
    assert found == spans or (before, found) == ("a  b", [(1, " ", "")])


@given(WORDS, WORDS)
def test_spans_lead_from_one_text_to_the_other_and_back(before, after):
    changes = diff_spans(before, after)
    assert make_changes(before, changes) == after
    assert revert(after, changes) == before


def test_texts_that_differ_by_more_than_is_searched_give_one_span():
    before = "start " + " ".join(f"x{n}" for n in range(1200)) + " end"
    after = "start " + " ".join(f"y{n}" for n in range(1200)) + " end"
    changes = diff_spans(before, after)
    assert len(changes) == 1
    assert changes[0].start == len("start ")
    assert changes[0].after.endswith("y1199")
    assert revert(after, changes) == before


def test_changes_of_another_text_are_refused():
    changes = (Change(0, "cat", "dog"),)
    with pytest.raises(DataError, match="another text"):
        make_changes("cow", changes)
    with pytest.raises(DataError, match="another text"):
        revert("cow", changes)


def test_overlapping_changes_are_refused():
    with pytest.raises(DataError):
        make_changes("abc", (Change(0, "ab", ""), Change(1, "bc", "")))


def test_an_edit_that_a_second_pass_would_change_becomes_a_suggestion():
    def grow(text):
        return Edited(text + "!", (Change(len(text), "", "!"),))

    assert edit_once(grow, "x") == Edited("x", (), (Change(1, "", "!"),))
