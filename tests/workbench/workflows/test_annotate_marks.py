"""Personal data beside what people label: what was found, what they add, and what becomes of it."""

from __future__ import annotations

from annotation.aggregate import Mark
from workbench.curation.personal_data_rules import PersonalDataRules
from workbench.records import Example
from workbench.workflows.annotate_marks import (
    MarkFinder,
    missed_values,
    tagged_text,
    without_values,
)
from workbench.workflows.push_cleaning import masked_passage

FINDER = MarkFinder(PersonalDataRules())
MAIL = "Write to ann@lawyers.net on Zembla."


def test_what_the_rules_find_is_marked_in_text_fields_alone() -> None:
    turns = [{"role": "user", "content": MAIL}]
    found = FINDER.find({"context": MAIL, "conversation": turns, "other": MAIL, "draft": "Fine."})
    assert {name: len(places) for name, places in found.by_field.items()} == {
        "context": 1,
        "draft": 0,
    }
    (mark,) = found.by_field["context"]
    assert (mark.label, MAIL[mark.start : mark.end], mark.score) == ("email", "ann@lawyers.net", 1)
    assert found.agent == "workbench personal_data"


def test_only_marks_beside_what_was_found_are_missed_values() -> None:
    fields = {"context": MAIL}
    start = MAIL.index("Zembla")
    marks = {"context": [Mark(9, 24, "email"), Mark(start, start + 6, "address")]}
    assert missed_values(fields, marks, FINDER.find(fields)) == {"Zembla": "address"}
    wider = {"context": [Mark(6, 24, "name")]}
    assert missed_values(fields, wider, FINDER.find(fields)) == {"to ann@lawyers.net": "name"}


def test_a_value_goes_from_the_whole_row_and_the_longest_first() -> None:
    prompt = ({"role": "user", "content": "Q: Ann Lee"},)
    example = Example("e", "train", "g", "Ann Lee", prompt, "Ann, Annex", "f", "l")  # type: ignore[arg-type]
    row = without_values(example, {"Ann": "name", "Ann Lee": "client"})
    assert (row.input, row.completion) == ("[CLIENT]", "[NAME], Annex")
    assert row.prompt == ({"role": "user", "content": "Q: [CLIENT]"},)
    assert without_values(example, {}) == example
    assert tagged_text("a.b axb", {"a.b": "id"}) == "[ID] axb"


def test_a_passage_shows_no_personal_data_even_where_it_is_cut() -> None:
    text = "x" * 295 + " ann@lawyers.net " + "teh end. Call 212-555-0123." + " y" * 400
    start = text.index("teh")
    shown = masked_passage(text, start, start + 3, FINDER)
    assert "⟦teh⟧ end. Call [PHONE]." in shown
    assert "[EMAIL]" in shown
    far = "Mail ann@lawyers.net" + " a" * 145 + " teh end."
    start = far.index("teh")
    assert far[start - 300 :].startswith("wyers.net")  # the border of the passage cuts the address
    assert masked_passage(far, start, start + 3, FINDER).startswith("…[EMAIL] a")
    greeting = "Dear ann@lawyers.net, hello. The lease ended."
    assert masked_passage(greeting, 0, 28, FINDER) == "⟦Dear [EMAIL], hello.⟧ The lease ended."
