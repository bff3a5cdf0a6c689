import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.checks import check_answer
from workbench.evaluation.parsing import parse_answer
from workbench.task import Check, Criterion, Output, OutputField, Task

FIELDS = (
    OutputField(name="who", label="Who"),
    OutputField(name="next_step", label="Next step"),
    OutputField(name="note", label="Note", required=False),
)
LINES = Output(format="labelled_lines", fields=FIELDS, max_words=12)
JSON = Output(format="json", fields=FIELDS)
CHECKS = (
    Check(name="format", kind="format"),
    Check(name="concise", kind="concise", style=True),
    Check(name="complete", kind="complete", style=True),
    Check(name="in_order", kind="in_order", style=True),
    Check(name="has_call", kind="pattern", pattern=r"\bcall\b"),
)


def make_task(output=LINES, checks=CHECKS):
    anchors = {1: "a", 4: "b", 7: "c", 10: "d"}
    return Task(
        name="intake",
        objective="Summarise.",
        output=output,
        checks=checks,
        rubric=(Criterion(name="utility", question="Useful?", anchors=anchors),),
    )


def checked(text, task=None):
    task = task or make_task()
    return dict(check_answer(text, parse_answer(text, task.output), task))


def test_labelled_lines_are_read_with_case_marks_and_colons_in_values():
    parsed = parse_answer("**who:** Anna Bell\n- NEXT STEP : call at 10:30\n", LINES)
    assert parsed.values == {"who": "Anna Bell", "next_step": "call at 10:30"}
    assert parsed.order == ("who", "next_step")
    assert (parsed.extra, parsed.in_shape) == (0, True)


def test_extra_lines_and_repeated_fields_are_counted_and_the_first_value_stands():
    parsed = parse_answer("Here you are:\nWho: Anna\nWho: Ben\nNext step: call\nBye", LINES)
    assert parsed.values["who"] == "Anna"
    assert parsed.extra == 3


def test_an_empty_field_is_there_but_has_no_value():
    parsed = parse_answer("Who:\nNext step: call", LINES)
    assert parsed.order == ("who", "next_step")
    assert parsed.values == {"next_step": "call"}


@pytest.mark.parametrize("text", ["", "   \n", "Just a story of Anna."])
def test_text_without_labels_is_not_in_shape(text):
    parsed = parse_answer(text, LINES)
    assert (dict(parsed.values), parsed.order, parsed.in_shape) == ({}, (), False)


def test_a_json_object_is_read_by_name_or_label():
    parsed = parse_answer('{"Who": "Anna", "next_step": ["call", 2], "note": "", "x": 1}', JSON)
    assert parsed.values == {"who": "Anna", "next_step": '["call", 2]'}
    assert (parsed.order, parsed.extra) == (("who", "next_step", "note"), 1)


@pytest.mark.parametrize("text", ["[1]", "{", "null", "[" * 100_000, '```json\n{"who": 1}\n```'])
def test_anything_but_a_json_object_is_not_in_shape(text):
    assert not parse_answer(text, JSON).in_shape


def test_free_text_has_no_fields():
    assert parse_answer("Who: Anna", Output()).values == {}
    assert parse_answer("Who: Anna", Output()).in_shape
    assert not parse_answer(" ", Output()).in_shape


@given(st.text())
def test_no_text_breaks_the_parsers(text):
    for output in (LINES, JSON, Output()):
        parsed = parse_answer(text, output)
        assert set(parsed.values) <= set(parsed.order)
        assert len(set(parsed.order)) == len(parsed.order)


def test_a_good_answer_passes_every_check():
    assert all(checked("Who: Anna\nNext step: call her").values())


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("Next step: call\nWho: Anna", {"in_order", "style"}),
        ("Who: Anna\nNext step: call\nThank you", {"concise", "style"}),
        ("Who: Anna\nNext step: call" + " now" * 12, {"concise", "style"}),
        ("Who:\nNext step: call", {"complete", "style"}),
        ("Next step: call", {"format", "complete", "style"}),
        ("Who: Anna\nNext step: write", {"has_call"}),
        ("We call.", {"format", "concise", "complete", "in_order", "style"}),
    ],
)
def test_each_flaw_fails_its_own_checks(text, failed):
    assert {name for name, passed in checked(text).items() if not passed} == failed


def test_style_is_there_only_if_the_task_marks_a_check_as_style():
    task = make_task(checks=(Check(name="format", kind="format"),))
    assert checked("Who: Anna\nNext step: call", task) == {"format": True}
