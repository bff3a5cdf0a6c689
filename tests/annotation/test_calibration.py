from __future__ import annotations

from typing import Any

from annotation.calibration import (
    calibration_task,
    compare,
    compare_annotators,
    reference_of,
    reference_task,
)
from annotation.label_folder import Revision
from annotation.tasks import Definition

DEFINITION = Definition(
    "instructions",
    "instructions-1",
    {"guidelines": "Be kind.", "distribution": {"strategy": "overlap", "min_submitted": 1}},
    [{"name": "draft"}],
    [{"name": "verdict"}],
)


def _said(user: str, record: str, status: str = "submitted", **values: Any) -> Revision:
    when = "2026-01-01T00:00:00"
    return Revision(f"{user}-{record}", when, when, record, user, status, values)


def test_the_sets_ask_the_same_under_their_own_names() -> None:
    everybody = calibration_task(DEFINITION, n_answers=5)
    assert everybody.name == "instructions-1-calibration"
    assert everybody.settings["distribution"] == {"strategy": "overlap", "min_submitted": 5}
    assert everybody.settings["guidelines"].endswith("Be kind.")
    alone = reference_task(DEFINITION)
    assert alone.name == "instructions-1-reference"
    assert alone.settings["distribution"]["min_submitted"] == 1
    assert (everybody.questions, everybody.fields) == (DEFINITION.questions, DEFINITION.fields)
    assert alone.questions == DEFINITION.questions


def test_each_question_is_compared_in_its_own_way() -> None:
    reference = {
        "r1": {"verdict": "keep", "answer": "The rent is due.", "rate_form": 8},
        "r2": {"verdict": "keep", "answer": "It broke.", "rate_form": 6},
        "r3": {"verdict": "drop", "answer": "Nothing.", "rate_form": 2},
        "r4": {"verdict": "drop"},
    }
    said = {
        "r1": {"verdict": "keep", "answer": "The rent is due. ", "rate_form": 10, "comment": "x"},
        "r2": {"verdict": "drop", "answer": "Not at all alike", "rate_form": 6},
        "r3": {"verdict": "drop", "answer": "Else", "rate_form": 7},
        "other": {"verdict": "keep", "rate_form": 1},
    }
    found = compare(said, reference)
    assert list(found) == ["answer", "rate_form", "verdict"]
    assert (found["verdict"].n_equal, found["verdict"].n) == (2, 3)
    assert found["rate_form"].value == (2 + 0 + 5) / 3
    # where one of the two drops the row, its answer says nothing
    assert (found["answer"].value, found["answer"].n) == (1.0, 1)


def test_rankings_are_compared_by_each_two_answers_and_ties_are_an_opinion() -> None:
    def ranking(a: int, b: int, c: int) -> dict[str, Any]:
        ranks = (("a", a), ("b", b), ("c", c))
        return {"ranking": [{"value": side, "rank": rank} for side, rank in ranks]}

    found = compare({"r": ranking(1, 3, 2)}, {"r": ranking(1, 2, 2)})["ranking"]
    assert (found.n_equal, found.n) == (2, 3)  # a before b, a before c; the tie of b and c is not


def test_everybody_of_the_roster_is_told_with_what_is_missing() -> None:
    revisions = [
        _said("ben", "r1", choice="a_better"),
        _said("ben", "r2", choice="b_better"),
        _said("ada", "r1", choice="a_much_better"),
        _said("ada", "r2", "draft", choice="b_better"),
        _said("simulated-x", "r1", choice="a_better"),
        _said("gone", "r1", choice="a_better"),
    ]
    reference = {"r1": {"choice": "a_better"}}
    found = compare_annotators(revisions, reference, ["r1", "r2"], ["ben", "ada", "cleo"])
    rows = {
        one.username: (one.n_answered, one.n_items, one.is_done, one.closeness["choice"].value)
        for one in found
    }
    assert rows == {
        "ada": (1, 2, False, 0.0),
        "ben": (2, 2, True, 1.0),
        "cleo": (0, 2, False, None),
        "gone": (1, 2, False, 1.0),
        "simulated-x": (1, 2, False, 1.0),
    }
    assert [one.username for one in found][-1] == "simulated-x"
    assert [one.simulated for one in found] == [False] * 4 + [True]
    turned = compare_annotators(revisions[::-1], reference, ["r2", "r1"], ["cleo", "ada", "ben"])
    assert turned == found


def test_the_reference_is_what_that_person_submitted() -> None:
    revisions = [
        _said("dora", "r1", choice="a_better"),
        _said("dora", "r2", "draft", choice="a_better"),
        _said("owner", "r3", choice="a_better"),
    ]
    assert reference_of(revisions, "dora") == {"r1": {"choice": "a_better"}}
