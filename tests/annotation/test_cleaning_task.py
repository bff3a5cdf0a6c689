from __future__ import annotations

import pytest

from annotation.aggregate import Mark
from annotation.cleaning_task import (
    CleaningFinding,
    cleaning_item,
    cleaning_task,
    judge_cleaning,
)
from annotation.instruction_task import FoundMark
from annotation.label_folder import Revision
from annotation.tasks import record_payload
from workbench.task import Criterion, Task

ANCHORS = {1: "a", 4: "b", 7: "c", 10: "d"}
TASK = Task(
    name="intake",
    objective="Summarise.",
    rubric=(Criterion(name="tone", question="Polite?", anchors=ANCHORS),),
)


def _ruled(user: str, ruling: str, **values: object) -> Revision:
    return Revision(f"r-{user}", "t", "t", "x1", user, "submitted", {"ruling": ruling, **values})


def test_a_finding_is_shown_with_what_it_proposes() -> None:
    definition = cleaning_task(TASK, source="v1", kinds=("name",))
    ids = {question["name"]: question["name"] for question in definition.questions}
    assert list(ids) == ["ruling", "correction", "marks_text"]
    typo = CleaningFinding("r-1", "typos.suggestion", "Spelling", "a ⟦teh⟧", "a ⟦the⟧", "the")
    payload = record_payload(cleaning_item(typo), ids)
    assert payload["fields"] == {"finding": "Spelling", "text": "a ⟦teh⟧", "proposal": "a ⟦the⟧"}
    assert payload["suggestions"] == [
        {"question_id": "correction", "value": "the", "agent": "typos.suggestion"}
    ]
    marked = CleaningFinding("r-2", "personal_data", "P", "Ann", marks=(FoundMark("name", 0, 3),))
    payload = record_payload(cleaning_item(marked), ids)
    assert "proposal" not in payload["fields"]
    assert [each["question_id"] for each in payload["suggestions"]] == ["marks_text"]


@pytest.mark.parametrize(
    ("rulings", "verdict"),
    [
        (["accept"], "accept"),
        (["accept", "reject"], None),
        (["reject", "reject", "accept"], "reject"),
        (["accept", "reject", "correct"], None),
    ],
)
def test_a_verdict_is_what_more_than_half_say(rulings: list[str], verdict: str | None) -> None:
    answers = [_ruled(f"u{n}", ruling, correction="c") for n, ruling in enumerate(rulings)]
    outcome = judge_cleaning(answers)
    assert (outcome.verdict, outcome.correction) == (verdict, "")


def test_the_most_frequent_correction_counts_and_only_of_those_who_correct() -> None:
    answers = [
        _ruled("a", "correct", correction="x"),
        _ruled("b", "correct", correction="y"),
        _ruled("c", "correct", correction="x"),
        _ruled("d", "accept", correction="z"),
    ]
    assert judge_cleaning(answers).correction == "x"
    assert judge_cleaning(answers[:2]).correction == "y"


def test_people_set_aside_scripts_and_any_mark_counts() -> None:
    span = {"label": "name", "start": 1, "end": 3}
    scripts = [_ruled(f"simulated-{n}", "reject") for n in range(3)]
    outcome = judge_cleaning([*scripts, _ruled("ann", "accept", marks_text=[span])])
    assert (outcome.verdict, outcome.simulated) == ("accept", False)
    assert outcome.marks == (Mark(1, 3, "name"),)
    assert judge_cleaning(scripts).simulated
