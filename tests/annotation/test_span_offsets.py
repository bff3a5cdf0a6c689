from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from annotation.span_offsets import spans_in_characters, to_characters, to_units


def test_an_emoji_is_two_units_and_one_character() -> None:
    text = "Yes 🚀 rocket"  # the rocket of Argilla's issue 5729: its pages say 7 to 13
    assert (to_units(text, 6), to_units(text, 12)) == (7, 13)
    assert (to_characters(text, 7), to_characters(text, 13)) == (6, 12)
    assert to_characters(text, 5) == 4  # inside the emoji


@given(st.text(st.characters(codec="utf-8")), st.data())
def test_units_are_those_of_utf_16_and_come_back(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))
    units = to_units(text, position)
    assert units == len(text[:position].encode("utf-16-le")) // 2
    assert to_characters(text, units) == position


def test_only_questions_about_spans_are_converted() -> None:
    spans = [{"label": "name", "start": 7, "end": 13}]
    values = {"pii": spans, "answer": "7", "more": None, "none": []}
    fields = {"input": "Yes 🚀 rocket", "other": "plain text of ASCII"}
    marks = {"pii": "input", "more": "input", "none": "input"}
    found = spans_in_characters(values, fields, marks)
    assert found == {**values, "pii": [{"label": "name", "start": 6, "end": 12}]}
    assert spans_in_characters(values, fields, {"pii": "other"}) == values
