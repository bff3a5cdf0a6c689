"""Instruction labelling: people correct, judge and rate draft answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.chat_turns import fits_chat, transcript_turns
from annotation.questions import (
    chat_field,
    label_question,
    labels_question,
    marks_question,
    rating_question,
    text_field,
    text_question,
)
from annotation.record_properties import (
    DRAFT_WORDS,
    FOUND_MARKS,
    INPUT_WORDS,
    INSTRUCTION_PROPERTIES,
    SPLIT,
    declared,
    n_words,
)
from annotation.tasks import (
    ANSWER,
    COMMENT,
    DRAFT_AGENT,
    DROP,
    KEEP,
    MARKS_PREFIX,
    PROBLEMS,
    SECOND_READER,
    VERDICT,
    Definition,
    LabelItem,
    Suggestion,
    define,
)
from workbench.records import Example
from workbench.task import Task

INSTRUCTION, CONTEXT, CONVERSATION, DRAFT = "instruction", "context", "conversation", "draft"
MARKED_FIELDS = (INSTRUCTION, CONTEXT, DRAFT)
_INPUT_HERE = "[…]"
_TITLES = {INSTRUCTION: "Instruction", CONTEXT: "Context", DRAFT: "Draft answer"}


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A place of personal data that was found before anybody looked.

    Attributes:
        label: Its kind.
        start: Where it begins, in characters of the text.
        end: Where it ends, exclusive.
        score: How surely, in 0-1.
    """

    label: str
    start: int
    end: int
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class FoundMarks:
    """What was found in the texts of one record.

    Attributes:
        agent: Who found it.
        by_field: The places in each text field, not overlapping.
    """

    agent: str
    by_field: Mapping[str, Sequence[FoundMark]] = field(default_factory=dict)


def instruction_task(
    task: Task, *, source: str, kinds: Sequence[str], has_chats: bool = False
) -> Definition:
    """Return the dataset in which people correct, judge and rate draft answers.

    Args:
        task: The task file; a changed rubric makes another dataset, since Argilla's are fixed.
        source: What is labelled, such as the digest of a version; part of the dataset's name.
        kinds: Kinds of personal data that can be marked, beside those of the task file.
        has_chats: Whether a record of the source is a chat.
    """
    marks = kind_labels(kinds, task)
    fields = [
        text_field(INSTRUCTION, _TITLES[INSTRUCTION]),
        text_field(CONTEXT, _TITLES[CONTEXT], required=False),
        *([chat_field(CONVERSATION, "Conversation")] if has_chats else []),
        text_field(DRAFT, _TITLES[DRAFT], required=False),
    ]
    verdicts = {KEEP: "Keep", DROP: "Drop", SECOND_READER: "Needs a second reader"}
    questions = [
        text_question(ANSWER, "The answer: edit it until you would send it."),
        label_question(VERDICT, "Should the model learn from this row?", verdicts),
        *(rating_question(criterion) for criterion in task.rubric),
        labels_question(PROBLEMS, "What was wrong with the draft?", task.labelling.problems),
        *(
            marks_question(name, f"Personal data in: {_TITLES[name].lower()}", marks)
            for name in MARKED_FIELDS
        ),
        text_question(COMMENT, "Anything else?", required=False),
    ]
    return define(
        "instructions",
        task,
        source,
        guidelines=task.labelling.guidelines,
        fields=fields,
        questions=questions,
        properties=declared(INSTRUCTION_PROPERTIES),
    )


def instruction_fields(example: Example, task: Task) -> dict[str, Any]:
    """Return what people see of an example: the instruction, its context, and the draft.

    A chat is shown turn by turn where Argilla takes it so, else as text. The context is empty then,
    not missing: Argilla's pages answer the question about its marks also where nothing is marked,
    and the server refuses an answer about a field that a record lacks.
    """
    turns = transcript_turns(example.input)
    shown: dict[str, Any] = {INSTRUCTION: _instruction(example, task), DRAFT: example.completion}
    if fits_chat(turns):
        return {**shown, CONTEXT: "", CONVERSATION: turns}
    return {**shown, CONTEXT: example.input}


def is_chat(example: Example) -> bool:
    """Tell whether an example is shown as a chat."""
    return fits_chat(transcript_turns(example.input))


def instruction_item(example: Example, task: Task, marks: FoundMarks) -> LabelItem:
    """Return the record of an example, its completion being the answer to edit.

    Args:
        example: The row.
        task: The task file.
        marks: Personal data that was found in its text fields.
    """
    draft = example.completion
    answer = {ANSWER: Suggestion(draft, DRAFT_AGENT)} if draft.strip() else {}
    marked = {
        f"{MARKS_PREFIX}{name}": suggested_marks(places, marks.agent)
        for name, places in marks.by_field.items()
        if places
    }
    fields = instruction_fields(example, task)
    properties: dict[str, str | int] = {
        SPLIT: example.split,
        INPUT_WORDS: n_words(fields, (CONTEXT, CONVERSATION)),
        DRAFT_WORDS: n_words(fields, (DRAFT,)),
        FOUND_MARKS: sum(map(len, marks.by_field.values())),
    }
    return LabelItem(example.example_id, fields, {**answer, **marked}, properties)


def suggested_marks(places: Sequence[FoundMark], agent: str) -> Suggestion:
    """Return places as the suggestion of a question that asks for marks."""
    spans = [{"label": each.label, "start": each.start, "end": each.end} for each in places]
    return Suggestion(spans, agent, [each.score for each in places])


def kind_labels(kinds: Sequence[str], task: Task) -> dict[str, str]:
    """Return the kinds of personal data that can be marked, each with what people read.

    They keep their order; those that the task file adds come last.
    """
    known = {kind: kind.replace("_", " ").capitalize() for kind in kinds}
    return {**known, **task.labelling.personal_data}


def _instruction(example: Example, task: Task) -> str:
    """Return what the prompt says beside the input; the task's objective if it says nothing."""
    *before, asked = (turn["content"] for turn in example.prompt)
    # the last place: a short input may also be a word of the instruction
    start, _, end = asked.rpartition(example.input) if example.input else (asked, "", "")
    # where words stand on both sides, something has to stand for what is shown as the context
    between = [part for part in (start.strip(), end.strip()) if part]
    said = [*(part.strip() for part in before), f" {_INPUT_HERE} ".join(between)]
    return "\n\n".join(part for part in said if part) or task.objective
