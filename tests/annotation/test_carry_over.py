from __future__ import annotations

from typing import Any

import pytest

from annotation.carry_over import fits, fitting_answers
from annotation.client import Response
from annotation.questions import (
    label_question,
    labels_question,
    marks_question,
    ranking_question,
    text_question,
)
from annotation.tasks import CarriedAnswer, Definition

LABELS = {"x": "X", "y": "Y", "z": "Z"}
DEFINITION = Definition(
    "instructions",
    "d",
    {},
    [],
    [text_question("answer", "?"), label_question("verdict", "?", LABELS)],
)


def _response(status: str = "submitted", **values: object) -> Response:
    return Response("r1", "u1", status, values, "2026-01-01", "2026-01-02")


def test_what_the_new_dataset_does_not_ask_is_left_out() -> None:
    given = _response(answer="a", verdict="x", rate_tone=3)
    whole = CarriedAnswer("u1", "submitted", {"answer": "a", "verdict": "x"})
    assert fitting_answers([given], DEFINITION) == (whole,)


def test_an_answer_that_lacks_something_new_waits_as_a_draft() -> None:
    partly = CarriedAnswer("u1", "draft", {"answer": "a"})
    assert fitting_answers([_response(answer="a", verdict="gone")], DEFINITION) == (partly,)
    assert fitting_answers([_response(verdict="gone")], DEFINITION) == ()
    assert fitting_answers([_response("draft", answer="a")], DEFINITION) == (partly,)


def test_a_discarded_record_stays_discarded() -> None:
    assert fitting_answers([_response("discarded")], DEFINITION)[0].status == "discarded"


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
