from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from annotation.span_offsets import (
    payload_in_units,
    spans_in_characters,
    to_characters,
    to_units,
    without_marks_past_the_end,
)


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


def test_marks_that_another_argilla_refuses_are_left_out_with_their_scores() -> None:
    text = "Ann 😊 met Bob"  # 13 characters, 14 units
    spans = [{"label": "name", "start": 0, "end": 3}, {"label": "name", "start": 10, "end": 13}]
    marks = {"question_id": "q1", "value": spans, "score": [0.5, 1.0], "agent": "rules"}
    answer = {"question_id": "q2", "value": "Yes", "agent": "draft"}
    last = {**marks, "value": spans[1:], "score": [1.0]}
    ids = {"pii": "q1", "answer": "q2"}

    def sent(*suggestions: object) -> tuple[object, int]:
        payload = {"fields": {"input": text}, "suggestions": list(suggestions)}
        made = payload_in_units(payload, {"pii": "input"}, ids)
        left, number = without_marks_past_the_end(made, {"pii": "input"}, ids)
        return left["suggestions"], number

    first = {**marks, "value": spans[:1], "score": [0.5]}
    assert sent(marks, answer) == ([first, answer], 1)
    assert sent(last, answer) == ([answer], 1)
    assert sent(first) == ([first], 0)


def test_a_record_without_the_text_has_no_marks() -> None:
    marks = {"pii": "input"}
    assert spans_in_characters({"pii": []}, {"chat": []}, marks) == {"pii": []}
