"""Where changes stand once later edits were made, and what a person's word makes of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.reviewed_edits import OpenChange, decided_texts, open_changes, worded_texts
from workbench.curation.wording.changes import Change, make_changes
from workbench.curation.wording.text_edits import TextEdit, with_edits


def _open(*edits: tuple[str, TextEdit]) -> list[tuple[str, int]]:
    return [(change.rule, change.start) for change in open_changes(edits)]


def test_chatter_and_suggestions_are_for_a_person_and_sure_typos_are_not() -> None:
    imported = {"input": "Hi. Teh fact.", "output": "Teh fcat."}
    edits = (
        ("chatter", TextEdit("removed", "input", (Change(0, "Hi. ", ""),))),
        ("typos", TextEdit("suggestion", "output", (Change(4, "fcat", "fact"),), is_made=False)),
        ("typos", TextEdit("corrected", "output", (Change(0, "Teh", "The one"),))),
        ("personal_data", TextEdit("name", "output", (Change(8, "fcat", "Ann"),))),
    )
    assert worded_texts(imported, edits) == {"input": "Teh fact.", "output": "The one fcat."}
    assert open_changes(edits) == (
        OpenChange("chatter", "removed", "input", 0, "Hi. ", "", is_made=True),
        OpenChange("typos", "suggestion", "output", 8, "fcat", "fact", is_made=False),
    )


def test_a_span_that_a_later_edit_changed_is_not_shown() -> None:
    suggested = TextEdit("suggestion", "output", (Change(2, "cd", "x"),), is_made=False)
    assert _open(("typos", suggested), ("terminology", _edit(3, "de", "y"))) == []
    assert _open(("typos", suggested), ("terminology", _edit(4, "e", "yy"))) == [("suggestion", 2)]
    assert _open(("typos", suggested), ("terminology", _edit(0, "ab", ""))) == [("suggestion", 0)]
    removed = TextEdit("removed", "output", (Change(2, "cd", ""),))
    assert _open(("chatter", removed), ("clean", _edit(1, "be", "x"))) == []


def test_each_word_leaves_its_text() -> None:
    worded = {"input": "a cc d", "output": "o"}
    made = OpenChange("chatter", "removed", "input", 2, "b ", "", is_made=True)
    open_ = OpenChange("typos", "suggestion", "input", 2, "cc", "c", is_made=False)
    assert decided_texts(worded, [(made, "b ")])["input"] == "a b cc d"
    assert decided_texts(worded, [(open_, "c")])["input"] == "a c d"
    assert decided_texts(worded, [(open_, "see")]) == {"input": "a see d", "output": "o"}
    assert decided_texts(worded, [(made, ""), (open_, "cc")]) == worded


def _edit(start: int, before: str, after: str) -> TextEdit:
    return TextEdit("r", "output", (Change(start, before, after),))


@st.composite
def _edited(draw: st.DrawFn) -> tuple[str, list[tuple[str, TextEdit]]]:
    """Draw a text and edits that follow one another."""
    text = draw(st.text("abc ", min_size=8, max_size=30))
    edits: list[tuple[str, TextEdit]] = []
    now = text
    for _ in range(draw(st.integers(1, 5))):
        places = sorted(draw(st.sets(st.integers(0, len(now)), min_size=2, max_size=6)))
        changes = tuple(
            Change(start, now[start:end], draw(st.text("xyz", max_size=3)))
            for start, end in zip(places[::2], places[1::2], strict=False)
        )
        stage = draw(st.sampled_from(("chatter", "typos", "clean")))
        edit = TextEdit("r", "input", changes, draw(st.booleans()))
        edits.append((stage, edit))
        now = make_changes(now, changes) if edit.is_made else now
    return text, edits


@given(_edited())
def test_every_change_stands_where_it_says(drawn: tuple[str, list[tuple[str, TextEdit]]]) -> None:
    text, edits = drawn
    worded = with_edits({"input": text}, [edit for _, edit in edits])["input"]
    for change in open_changes(edits):
        assert worded[change.start : change.start + len(change.now)] == change.now
