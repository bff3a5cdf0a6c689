"""Preference labelling: people choose between two answers, or rank three or four.

Nothing in a dataset or a record tells where an answer comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.chat_turns import fits_chat, turns_of
from annotation.questions import (
    chat_field,
    label_question,
    ranking_question,
    rating_question,
    text_field,
    text_question,
)
from annotation.record_properties import (
    ANSWERS_PROPERTIES,
    INPUT_WORDS,
    SPLIT,
    declared,
    n_words,
)
from annotation.tasks import ANSWER_PREFIX, CHOICE, RANKING, REASON, Definition, LabelItem, define
from workbench.records import Message
from workbench.task import Task

PROMPT, CONVERSATION = "prompt", "conversation"
SIDES = ("a", "b", "c", "d")
_CHOICE_TEXTS = {
    "a_much_better": "A is much better",
    "a_better": "A is better",
    "both_usable": "Equal, both usable",
    "both_unusable": "Equal, neither usable",
    "b_better": "B is better",
    "b_much_better": "B is much better",
}


def preference_task(task: Task, *, source: str, has_chats: bool = False) -> Definition:
    """Return the dataset in which people choose between two answers.

    Args:
        task: The task file; each criterion of its rubric may be rated for A and for B.
        source: What is labelled; part of the dataset's name, by its digest.
        has_chats: Whether a prompt of the source is a chat.
    """
    questions = [
        label_question(CHOICE, "Which answer would you rather send?", _CHOICE_TEXTS),
        *(
            rating_question(criterion, side=side, required=False)
            for criterion in task.rubric
            for side in SIDES[:2]
        ),
        text_question(REASON, "Why?", required=False),
    ]
    return define(
        "preferences",
        task,
        source,
        guidelines=_guidelines("Which answer is better?", "A and B come", task),
        fields=_fields(2, has_chats=has_chats),
        questions=questions,
        properties=declared(ANSWERS_PROPERTIES),
    )


def ranking_task(task: Task, *, source: str, n_answers: int, has_chats: bool = False) -> Definition:
    """Return the dataset in which people rank three or four answers; equal ranks are allowed.

    Args:
        task: The task file.
        source: What is labelled; part of the dataset's name, by its digest.
        n_answers: Answers of each record, 3 or 4.
        has_chats: Whether a prompt of the source is a chat.
    """
    labels = {side: f"Answer {side.upper()}" for side in SIDES[:n_answers]}
    questions = [
        ranking_question(RANKING, "Rank the answers, the best first; ties are allowed.", labels),
        text_question(REASON, "Why?", required=False),
    ]
    return define(
        "rankings",
        task,
        source,
        guidelines=_guidelines("Rank the answers", "The answers come", task),
        fields=_fields(n_answers, has_chats=has_chats),
        questions=questions,
        properties=declared(ANSWERS_PROPERTIES),
    )


def answers_item(
    record_id: str, prompt: Sequence[Message], answers: Sequence[str], *, split: str
) -> LabelItem:
    """Return the record of a prompt with its answers in blind order, as A, B and so on.

    Args:
        record_id: Our id of it.
        prompt: What was answered.
        answers: In the order in which they are shown.
        split: Where the prompt's row belongs.
    """
    turns = turns_of(prompt)
    asked: dict[str, Any] = (
        {CONVERSATION: turns} if fits_chat(turns) else {PROMPT: prompt_text(prompt)}
    )
    shown = {
        f"{ANSWER_PREFIX}{side}": text
        for side, text in zip(SIDES[: len(answers)], answers, strict=True)
    }
    # of the prompt alone: properties of the answers might tell which is whose
    n_input = n_words(asked, (PROMPT, CONVERSATION))
    properties: dict[str, str | int] = {SPLIT: split, INPUT_WORDS: n_input}
    return LabelItem(record_id, {**asked, **shown}, properties=properties)


def prompt_text(prompt: Sequence[Message]) -> str:
    """Return chat turns as text; roles are named where there is more than one turn."""
    if len(prompt) == 1:
        return prompt[0]["content"]
    return "\n\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in prompt)


def is_chat(prompt: Sequence[Message]) -> bool:
    """Tell whether a prompt is shown as a chat."""
    return fits_chat(turns_of(prompt))


def _guidelines(title: str, come: str, task: Task) -> str:
    return (
        f"## {title}\n\n{task.objective}\n\n{come} in random order. "
        f"Judge them by what they say and by their form.\n\n{task.labelling.guidelines}"
    )


def _fields(n_answers: int, *, has_chats: bool) -> list[dict[str, Any]]:
    return [
        text_field(PROMPT, "Prompt", required=False),
        *([chat_field(CONVERSATION, "Conversation")] if has_chats else []),
        *(text_field(f"{ANSWER_PREFIX}{side}", side.upper()) for side in SIDES[:n_answers]),
    ]
