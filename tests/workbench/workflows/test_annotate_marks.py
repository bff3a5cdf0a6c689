"""Personal data beside what people label: what was found, what they add, and what becomes of it."""

from __future__ import annotations

import pytest

from annotation.aggregate import Mark
from workbench.curation.personal_data.kinds import KINDS
from workbench.curation.personal_data.replace import Tags
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


def test_tags_of_curation_are_marked_whatever_the_recipe_looks_for() -> None:
    finder = MarkFinder(PersonalDataRules(kinds=("phone",), replace="tag"))
    text = "Email [EMAIL], call [PHONE] or 212-555-0123. See [EXHIBIT] of [Name] and [URL]."
    found = finder.find({"draft": text}).by_field["draft"]
    assert [(mark.label, text[mark.start : mark.end], mark.score) for mark in found] == [
        ("email", "[EMAIL]", 1),
        ("phone", "[PHONE]", 1),
        ("phone", "212-555-0123", 1),
        ("url", "[URL]", 1),
    ]
    assert [place.kind for place in finder.places(text)] == ["email", "phone", "phone", "url"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_replaces_a_kind_by_a_tag_is_found_as_that_kind(kind: str) -> None:
    text = f"Ms. {Tags().replacement(kind, 'x')} said 5 {Tags().replacement(kind, 'y')}."
    found = MarkFinder(PersonalDataRules()).places(text)
    assert [place.kind for place in found] == [kind, kind]
    assert {text[place.start : place.end] for place in found} == {f"[{kind.upper()}]"}


def test_every_kind_can_be_marked_and_what_rules_miss_most_stands_first() -> None:
    finder = MarkFinder(PersonalDataRules(kinds=("email",)))
    assert set(finder.kinds) == KINDS
    assert finder.kinds[:2] == ("name", "address")
    name = "Tina Zembla of zembla.example"
    assert finder.find({"draft": name}).by_field["draft"] == []


def test_a_tag_that_somebody_marks_is_no_missed_value() -> None:
    fields = {"context": "[NAME] left to Zembla."}
    marks = {"context": [Mark(0, 6, "name"), Mark(15, 21, "name")]}
    assert missed_values(fields, marks, FINDER.find(fields)) == {"Zembla": "name"}


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
