from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from annotation.adjudication import second_task
from annotation.calibration import calibration_task, reference_task
from annotation.chat_turns import MAX_TURN_CHARACTERS, fits_chat, turns_of
from annotation.cleaning_task import cleaning_task
from annotation.instruction_task import (
    FoundMark,
    FoundMarks,
    instruction_fields,
    instruction_item,
    instruction_task,
    is_chat,
)
from annotation.preference_task import answers_item, preference_task, prompt_text, ranking_task
from annotation.tasks import CHOICES, CarriedAnswer, record_payload
from workbench.records import Example, Message
from workbench.task import MAX_GUIDELINES, Criterion, Labelling, Task

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


ARGILLA_TAKES = 10_000  # argilla_server 2.8.0: DATASET_GUIDELINES_MAX_LENGTH
KINDS = ("email", "name")
NOTHING = FoundMarks("rules")
IDS = {"answer": "q1", "marks_context": "q2"}


def _example(completion: str = "Plaintiff: A", text: str = "note", template: str = "") -> Example:
    prompt: tuple[Message, ...] = ({"role": "user", "content": f"{template}{text}"},)
    return Example("e1", "train", "g", text, prompt, completion, "f", "line 1")


def test_the_instruction_task_asks_what_the_task_file_says() -> None:
    definition = instruction_task(TASK, source="v1:train", kinds=KINDS)
    questions = {item["name"]: item for item in definition.questions}
    assert list(questions) == [
        *("answer", "verdict", "rate_accuracy", "problems"),
        *("marks_instruction", "marks_context", "marks_draft", "comment"),
    ]
    assert [o["value"] for o in questions["rate_accuracy"]["settings"]["options"]] == list(
        range(1, 11)
    )
    assert "10: no error" in questions["rate_accuracy"]["description"]
    verdicts = [o["value"] for o in questions["verdict"]["settings"]["options"]]
    assert verdicts == ["keep", "drop", "second_reader"]
    required = [name for name, question in questions.items() if question["required"]]
    assert required == ["answer", "verdict", "rate_accuracy"]
    assert definition.settings["distribution"]["min_submitted"] == 1
    assert definition.settings["guidelines"] is None
    assert [field["name"] for field in definition.fields] == ["instruction", "context", "draft"]


def test_the_longest_guidelines_are_shown_whole_in_every_task() -> None:
    whole = "x" * (MAX_GUIDELINES - 3) + "end"
    task = Task(
        name="intake",
        objective="x" * 600,
        rubric=TASK.rubric,
        labelling=Labelling(guidelines=whole),
    )
    first = [
        instruction_task(task, source="v", kinds=KINDS),
        preference_task(task, source="s"),
        ranking_task(task, source="s", n_answers=4),
        cleaning_task(task, source="v", kinds=KINDS),
    ]
    calibrations = [calibration_task(first[1], n_answers=9), reference_task(first[1])]
    shown = [definition.settings["guidelines"] for definition in (*first, *calibrations)]
    shown += [
        second_task({**definition.payload, **definition.settings, "name": "d"})["settings"][
            "guidelines"
        ]
        for definition in first
    ]
    assert {text[-3:] for text in shown} == {"end"}
    assert max(map(len, shown)) <= ARGILLA_TAKES
    with pytest.raises(ValidationError, match="at most 9000 characters"):
        Labelling(guidelines=f"{whole}.")


def test_label_sets_come_from_the_task_file() -> None:
    labels = Labelling(
        problems={"bad": "Bad", "worse": "Worse"}, personal_data={"docket": "Docket"}
    )
    task = TASK.model_copy(update={"labelling": labels})
    questions = {q["name"]: q for q in instruction_task(task, source="v", kinds=KINDS).questions}
    shown = {o["value"]: o["text"] for o in questions["problems"]["settings"]["options"]}
    assert shown == {"bad": "Bad", "worse": "Worse"}
    kinds = [o["value"] for o in questions["marks_draft"]["settings"]["options"]]
    assert kinds == ["email", "name", "docket"]


def test_another_rubric_or_source_is_another_dataset() -> None:
    changed = TASK.model_copy(update={"rubric": (TASK.rubric[0], TASK.rubric[0])})
    names = {
        instruction_task(TASK, source="v1:train", kinds=KINDS).name,
        instruction_task(TASK, source="v2:train", kinds=KINDS).name,
        instruction_task(changed, source="v1:train", kinds=KINDS).name,
    }
    assert len(names) == 3
    again = instruction_task(TASK, source="v1:train", kinds=KINDS)
    assert again.name in names


def test_the_draft_is_suggested_and_an_empty_one_is_not() -> None:
    example = _example(template="Summarise: ")
    payload = record_payload(instruction_item(example, TASK, NOTHING), IDS)
    assert payload["external_id"] == "e1"
    assert payload["fields"] == {
        "instruction": "Summarise:",
        "context": "note",
        "draft": "Plaintiff: A",
    }
    assert [s["value"] for s in payload["suggestions"]] == ["Plaintiff: A"]
    assert "responses" not in payload
    empty = record_payload(instruction_item(_example(" "), TASK, NOTHING), IDS)
    assert empty["suggestions"] == []
    assert empty["fields"]["instruction"] == "Summarise notes."


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("Summarise the note.\n\nnote", "Summarise the note."),
        ("note\n\nSummarise it.", "Summarise it."),
        ("Text: note\nSummary:", "Text: […] Summary:"),
        ("Answer briefly.", "Answer briefly."),
        ("note", "Summarise notes."),
    ],
)
def test_the_instruction_is_what_the_prompt_says_beside_the_input(prompt: str, shown: str) -> None:
    example = replace(_example(), prompt=({"role": "user", "content": prompt},))
    assert instruction_fields(example, TASK)["instruction"] == shown


def test_personal_data_that_was_found_is_marked_with_who_found_it_and_how_surely() -> None:
    found = FoundMarks("rules", {"context": [FoundMark("name", 0, 4, 0.8)], "draft": []})
    payload = record_payload(instruction_item(_example(" "), TASK, found), IDS)
    assert payload["suggestions"] == [
        {
            "question_id": "q2",
            "value": [{"label": "name", "start": 0, "end": 4}],
            "agent": "rules",
            "score": [0.8],
        }
    ]


def test_a_chat_is_shown_turn_by_turn_unless_a_turn_is_too_long_or_empty() -> None:
    chat = _example(text="User: Hi\n\nAssistant: Yes?\n\nUser: A\n\nB: C")
    turns = instruction_fields(chat, TASK)["conversation"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert turns[2]["content"] == "A\n\nB: C"
    assert instruction_fields(chat, TASK)["context"] == ""
    for end in ("x" * (MAX_TURN_CHARACTERS + 1), " "):
        text = f"User: Hi\n\nAssistant: {end}"
        assert not is_chat(_example(text=text))
        assert instruction_fields(_example(text=text), TASK)["context"] == text
    names = [
        f["name"] for f in instruction_task(TASK, source="v", kinds=KINDS, has_chats=True).fields
    ]
    assert names == ["instruction", "context", "conversation", "draft"]


@pytest.mark.parametrize("text", ["User: only one", "Note\n\nUser: a\n\nAssistant: b", ""])
def test_what_is_no_transcript_is_no_chat(text: str) -> None:
    assert turns_of([{"role": "user", "content": text}]) == []


def test_a_prompt_of_several_turns_is_a_chat_with_its_system_turn() -> None:
    system: Message = {"role": "system", "content": "S"}
    several: list[Message] = [
        system,
        {"role": "user", "content": "U"},
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "V"},
    ]
    assert turns_of(several) == several
    assert not fits_chat(several * 200)
    transcript: Message = {"role": "user", "content": "User: U\n\nAssistant: A"}
    assert [turn["content"] for turn in turns_of([system, transcript])] == ["S", "U", "A"]


def test_the_preference_task_tells_nothing_of_where_answers_come_from() -> None:
    definition = preference_task(TASK, source="sft-secret-set:7")
    item = answers_item("p1", _example().prompt, ["one", "two"], split="train")
    sent = json.dumps([definition.payload, record_payload(item, {})])
    assert "sft" not in sent
    assert "e1" not in sent
    names = [question["name"] for question in definition.questions]
    assert names == ["choice", "rate_a_accuracy", "rate_b_accuracy", "reason"]
    assert [q["required"] for q in definition.questions] == [True, False, False, False]
    options = definition.questions[0]["settings"]["options"]
    assert [option["value"] for option in options] == list(CHOICES)


def test_a_record_can_be_filtered_by_split_and_length_and_by_nothing_that_names_anybody() -> None:
    text = "User: Two words\n\nAssistant: Yes?\n\nUser: A B"
    found = FoundMarks("rules", {"context": [FoundMark("name", 0, 4)], "draft": []})
    for example, n_input in ((_example(text="a short note"), 3), (_example(text=text), 5)):
        payload = record_payload(instruction_item(example, TASK, found), IDS)
        draft = len(example.completion.split())
        expected = {
            "split": example.split,
            "input_words": n_input,
            "draft_words": draft,
            "found_marks": 1,
        }
        assert payload["metadata"] == expected
        declared = instruction_task(TASK, source="v", kinds=KINDS).payload["properties"]
        assert [each["name"] for each in declared] == list(expected)
    for definition in (
        preference_task(TASK, source="s:7"),
        ranking_task(TASK, source="s:7", n_answers=3),
    ):
        assert [each["name"] for each in definition.properties] == ["split", "input_words"]
    shown = answers_item("p1", _example().prompt, ["one", "two"], split="feedback")
    other = answers_item(
        "p1", _example().prompt, ["two of another length", "one"], split="feedback"
    )
    assert shown.properties == other.properties
    assert shown.properties["split"] == "feedback"


def test_three_or_four_answers_are_ranked() -> None:
    definition = ranking_task(TASK, source="s:7", n_answers=4)
    options = definition.questions[0]["settings"]["options"]
    assert [option["value"] for option in options] == ["a", "b", "c", "d"]
    item = answers_item("p1", _example().prompt, ["one", "two", "three", "four"], split="train")
    assert list(item.fields) == ["prompt", "answer_a", "answer_b", "answer_c", "answer_d"]
    assert {field["name"] for field in definition.fields} == item.fields.keys()


def test_carried_answers_go_with_a_new_record() -> None:
    carried = [CarriedAnswer("u1", "draft", {"answer": "x"})]
    payload = record_payload(instruction_item(_example(), TASK, NOTHING), IDS, carried)
    assert payload["responses"] == [
        {"user_id": "u1", "status": "draft", "values": {"answer": {"value": "x"}}}
    ]


def test_a_prompt_of_one_turn_is_shown_bare() -> None:
    assert prompt_text([{"role": "user", "content": "Hi"}]) == "Hi"
    shown = prompt_text([{"role": "system", "content": "S"}, {"role": "user", "content": "U"}])
    assert shown == "System: S\n\nUser: U"
