from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotation.carry_over import fits, fitting_answer, kept_answers
from annotation.client import RemoteRecord, Response
from annotation.given_answers import GivenAnswer, given_answers
from annotation.label_folder import Revision
from annotation.questions import (
    label_question,
    labels_question,
    marks_question,
    ranking_question,
    text_question,
)
from annotation.reading_material import shown_digest
from annotation.span_offsets import payload_in_units
from annotation.tasks import CarriedAnswer, LabelItem, record_payload

LABELS = {"x": "X", "y": "Y", "z": "Z"}
QUESTIONS = [text_question("answer", "?"), label_question("verdict", "?", LABELS)]


def _given(status: str = "submitted", **values: object) -> CarriedAnswer:
    return CarriedAnswer("u1", status, values, "2026-01-01", "2026-01-02")


def test_what_the_new_dataset_does_not_ask_is_left_out() -> None:
    given = _given(answer="a", verdict="x", rate_tone=3)
    assert fitting_answer(given, QUESTIONS) == _given(answer="a", verdict="x")


def test_an_answer_that_lacks_something_new_waits_as_a_draft() -> None:
    partly = _given("draft", answer="a")
    assert fitting_answer(_given(answer="a", verdict="gone"), QUESTIONS) == partly
    assert fitting_answer(_given(verdict="gone"), QUESTIONS) is None
    assert fitting_answer(partly, QUESTIONS) == partly


def test_a_discarded_record_stays_discarded() -> None:
    assert fitting_answer(_given("discarded"), QUESTIONS) == _given("discarded")


def _revision(response: str, user: str, text: str, at: str, name: str = "x1") -> Revision:
    return Revision(response, at, f"{at}-first", name, user, "submitted", {"answer": text})


def test_the_last_answer_of_each_known_person_to_a_lost_record_is_kept() -> None:
    revisions = [
        _revision("r1", "ada", "old", "t1"),
        _revision("r2", "ben", "b", "t2"),
        _revision("r1", "ada", "new", "t3"),
        _revision("r3", "gone", "c", "t4"),
        _revision("r4", "ada", "elsewhere", "t5", "x2"),
    ]
    assert kept_answers(revisions, {"ada": "u1", "ben": "u2"}, {"x1"}) == {
        "x1": [
            CarriedAnswer("u1", "submitted", {"answer": "new"}, "t3-first", "t3"),
            CarriedAnswer("u2", "submitted", {"answer": "b"}, "t2-first", "t2"),
        ]
    }


MARKED = {"marks_note": [{"label": "x", "start": 1, "end": 3}]}


def _record(*responses: Response) -> RemoteRecord:
    return RemoteRecord("id", "x1", {"note": "\U0001f600ab", "other": None}, responses)


def test_an_untouched_carried_answer_keeps_its_own_times() -> None:
    answered = Response("r1", "u1", "submitted", {}, "12:00:01.5", "12:00:01.4")
    changed = Response("r2", "u2", "submitted", {}, "12:00:01.5", "12:00:01.6")
    carried = dict.fromkeys(("u1", "u2"), GivenAnswer("first", "last"))
    found = given_answers(_record(answered, changed), {}, carried)
    assert [(each.inserted_at, each.updated_at) for each in found] == [
        ("first", "last"),
        ("12:00:01.5", "12:00:01.6"),
    ]
    assert list(given_answers(_record(answered), {}, {})) == [answered]
    brought = {"u2": GivenAnswer("first", "last", copied_at="12:00:01.6")}
    (found,) = given_answers(_record(changed), {}, brought)
    assert (found.inserted_at, found.updated_at) == ("first", "last")
    (found,) = given_answers(_record(replace(changed, updated_at="12:00:02")), {}, brought)
    assert found.updated_at == "12:00:02"


def test_spans_of_a_carried_answer_are_counted_in_characters_here_and_in_units_there() -> None:
    in_units = {"marks_note": [{"label": "x", "start": 2, "end": 4}]}
    spans = {"marks_note": "note"}
    stored = Response("r1", "u1", "submitted", in_units, "t", "t")
    (found,) = given_answers(_record(stored), spans, {})
    assert found.values == MARKED
    answer = CarriedAnswer("u1", "submitted", found.values)
    payload = record_payload(LabelItem("x1", {"note": "\U0001f600ab"}), {}, [answer])
    (sent,) = payload_in_units(payload, spans, {"marks_note": "q"})["responses"]
    assert sent == {
        "user_id": "u1",
        "status": "submitted",
        "values": {"marks_note": {"value": in_units["marks_note"]}},
    }


def test_fields_that_the_server_adds_make_no_other_record() -> None:
    assert shown_digest({"note": "a", "chat": None}) == shown_digest({"note": "a"})
    assert shown_digest({"note": "a"}) != shown_digest({"note": "b"})


@pytest.mark.parametrize(
    ("question", "value", "expected"),
    [
        (text_question("q", "?"), "a", True),
        (text_question("q", "?"), 3, False),
        (label_question("q", "?", LABELS), "w", False),
        (labels_question("q", "?", LABELS), ["x", "z"], True),
        (labels_question("q", "?", LABELS), ["x", "w"], False),
        (labels_question("q", "?", LABELS), [], False),
        (labels_question("q", "?", LABELS), "x", False),
        (marks_question("f", "?", LABELS), [{"label": "x", "start": 0, "end": 2}], True),
        (marks_question("f", "?", LABELS), [{"label": "w", "start": 0, "end": 2}], False),
        (
            ranking_question("q", "?", LABELS),
            [{"value": v, "rank": r} for v, r in (("x", 1), ("y", 1), ("z", 3))],
            True,
        ),
        (ranking_question("q", "?", LABELS), [{"value": "x", "rank": 1}], False),
        (
            ranking_question("q", "?", LABELS),
            [{"value": v, "rank": r} for v, r in (("x", 1), ("y", 2), ("z", 4))],
            False,
        ),
    ],
)
def test_a_value_fits_as_the_server_would_judge_it(
    question: dict[str, Any], value: object, expected: bool
) -> None:
    assert fits(value, question["settings"]) is expected
