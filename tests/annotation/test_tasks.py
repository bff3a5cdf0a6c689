from __future__ import annotations

import json

from annotation.tasks import (
    CHOICES,
    instruction_item,
    instruction_task,
    preference_item,
    preference_task,
    prompt_text,
    record_payload,
)
from workbench.records import Example
from workbench.task import Criterion, Task

TASK = Task(
    name="intake",
    objective="Summarise notes.",
    rubric=(
        Criterion(
            name="accuracy",
            question="Is it true?",
            anchors={1: "wrong", 4: "errors", 7: "one slip", 10: "no error"},
        ),
    ),
)


def _example(completion: str = "Plaintiff: A") -> Example:
    prompt = ({"role": "user", "content": "Summarise: note"},)
    return Example("e1", "train", "g", "note", prompt, completion, "f", "line 1")  # type: ignore[arg-type]


def test_the_instruction_task_asks_for_answer_verdict_and_ratings() -> None:
    definition = instruction_task(TASK, source="v1:train")
    questions = {item["name"]: item for item in definition.questions}
    assert list(questions) == ["answer", "verdict", "rate_accuracy", "problems"]
    assert [o["value"] for o in questions["rate_accuracy"]["settings"]["options"]] == list(
        range(1, 11)
    )
    assert "10: no error" in questions["rate_accuracy"]["description"]
    assert not questions["problems"]["required"]
    assert definition.settings["distribution"]["min_submitted"] == 1
    assert definition.settings["guidelines"] is None


def test_another_rubric_or_source_is_another_dataset() -> None:
    changed = TASK.model_copy(update={"rubric": (TASK.rubric[0], TASK.rubric[0])})
    names = {
        instruction_task(TASK, source="v1:train").name,
        instruction_task(TASK, source="v2:train").name,
        instruction_task(changed, source="v1:train").name,
    }
    assert len(names) == 3
    again = instruction_task(TASK, source="v1:train")
    assert again.name in names


def test_the_draft_is_suggested_and_an_empty_one_is_not() -> None:
    payload = record_payload(instruction_item(_example()), {"answer": "q1"})
    assert payload["external_id"] == "e1"
    assert payload["fields"] == {"input": "note", "draft": "Plaintiff: A"}
    assert [s["value"] for s in payload["suggestions"]] == ["Plaintiff: A"]
    assert "responses" not in payload
    assert record_payload(instruction_item(_example(" ")), {"answer": "q1"})["suggestions"] == []


def test_the_preference_task_tells_nothing_of_where_answers_come_from() -> None:
    definition = preference_task(TASK, source="sft-secret-set:7")
    item = preference_item("p1", _example().prompt, "one", "two")
    sent = json.dumps([definition.payload, record_payload(item, {})])
    assert "sft" not in sent
    assert "e1" not in sent
    options = definition.questions[0]["settings"]["options"]
    assert [option["value"] for option in options] == list(CHOICES)


def test_a_prompt_of_one_turn_is_shown_bare() -> None:
    assert prompt_text([{"role": "user", "content": "Hi"}]) == "Hi"
    shown = prompt_text([{"role": "system", "content": "S"}, {"role": "user", "content": "U"}])
    assert shown == "System: S\n\nUser: U"
