"""What people are asked in Argilla: the two kinds of dataset, defined from the task file."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.files import digest_json
from workbench.records import Example, Message
from workbench.task import Criterion, Task

LabelKind = Literal["instructions", "preferences"]

KEEP, DROP = "keep", "drop"
ANSWER, VERDICT, PROBLEMS, CHOICE, REASON = "answer", "verdict", "problems", "choice", "reason"
RATING_PREFIX = "rate_"
# Worth of a choice for A: its sign is the direction, its size the strength.
CHOICES: Mapping[str, int] = {
    "a_much_better": 2,
    "a_better": 1,
    "both_usable": 0,
    "both_unusable": 0,
    "b_better": -1,
    "b_much_better": -2,
}
_CHOICE_TEXTS = {
    "a_much_better": "A is much better",
    "a_better": "A is better",
    "both_usable": "Equal, both usable",
    "both_unusable": "Equal, neither usable",
    "b_better": "B is better",
    "b_much_better": "B is much better",
}
_RATINGS = range(1, 11)
_MAX_TITLE, _MAX_DESCRIPTION = 500, 1000  # Argilla's limits
_DIGEST_LENGTH = 8


@dataclass(frozen=True, slots=True)
class LabelItem:
    """One record to label.

    Attributes:
        external_id: Our id of it; pushing it again replaces what is there.
        fields: Text by field.
        suggestions: Pre-filled answer by question.
    """

    external_id: str
    fields: Mapping[str, str]
    suggestions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """A dataset of Argilla, as its REST interface takes it."""

    kind: LabelKind
    name: str
    settings: Mapping[str, Any]
    fields: Sequence[Mapping[str, Any]]
    questions: Sequence[Mapping[str, Any]]

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "settings": {"name": self.name, **self.settings},
            "fields": self.fields,
            "questions": self.questions,
        }


def instruction_task(task: Task, *, source: str) -> Definition:
    """Return the dataset in which people correct, judge and rate draft answers.

    Args:
        task: The task file; a changed rubric makes another dataset, since Argilla's are fixed.
        source: What is labelled, such as the digest of a version; part of the dataset's name.
    """
    questions = [
        _text(ANSWER, "The answer: edit it until you would send it."),
        _label(
            VERDICT,
            "Should the model learn from this row?",
            {KEEP: "Keep", DROP: "Drop"},
        ),
        *(_rating(criterion) for criterion in task.rubric),
        _text(PROBLEMS, "What was wrong with the draft?", required=False),
    ]
    fields = [_field("input", "Input"), _field("draft", "Draft answer", required=False)]
    return _definition("instructions", task, source, task.labelling.guidelines, fields, questions)


def preference_task(task: Task, *, source: str) -> Definition:
    """Return the dataset in which people choose between two answers. See `instruction_task`."""
    guidelines = (
        f"## Which answer is better?\n\n{task.objective}\n\nA and B come in random order. "
        "Judge them by what they say and by their form.\n\n" + task.labelling.guidelines
    )
    questions = [
        _label(CHOICE, "Which answer would you rather send?", _CHOICE_TEXTS),
        _text(REASON, "Why?", required=False),
    ]
    fields = [_field("prompt", "Prompt"), _field("answer_a", "A"), _field("answer_b", "B")]
    return _definition("preferences", task, source, guidelines, fields, questions)


def instruction_item(example: Example) -> LabelItem:
    """Return the record of an example: its input, and its completion as the draft to edit."""
    draft = example.completion
    return LabelItem(
        example.example_id,
        {"input": example.input, "draft": draft},
        {ANSWER: draft} if draft.strip() else {},
    )


def preference_item(
    pair_id: str, prompt: Sequence[Message], answer_a: str, answer_b: str
) -> LabelItem:
    """Return the record of a pair. Nothing in it tells where an answer comes from."""
    return LabelItem(
        pair_id, {"prompt": prompt_text(prompt), "answer_a": answer_a, "answer_b": answer_b}
    )


def prompt_text(prompt: Sequence[Message]) -> str:
    """Return chat turns as text; roles are named where there is more than one turn."""
    if len(prompt) == 1:
        return prompt[0]["content"]
    return "\n\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in prompt)


def record_payload(item: LabelItem, question_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return a record as Argilla takes it. It never holds answers: those are people's."""
    return {
        "external_id": item.external_id,
        "fields": dict(item.fields),
        "metadata": {},
        "suggestions": [
            {"question_id": question_ids[name], "value": value, "agent": "draft"}
            for name, value in item.suggestions.items()
        ],
    }


def _definition(
    kind: LabelKind,
    task: Task,
    source: str,
    guidelines: str,
    fields: Sequence[Mapping[str, Any]],
    questions: Sequence[Mapping[str, Any]],
) -> Definition:
    settings = {
        "guidelines": guidelines.strip()[:10_000] or None,
        "allow_extra_metadata": False,
        "distribution": {
            "strategy": "overlap",
            "min_submitted": task.labelling.answers_per_record,
        },
    }
    digest = digest_json([source, settings, list(fields), list(questions)])[:_DIGEST_LENGTH]
    return Definition(kind, f"{kind}-{digest}", settings, fields, questions)


def _field(name: str, title: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "required": required,
        "settings": {"type": "text", "use_markdown": False},
    }


def _text(name: str, title: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "required": required,
        "settings": {"type": "text", "use_markdown": False},
    }


def _label(name: str, title: str, options: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "required": True,
        "settings": {
            "type": "label_selection",
            "options": [{"value": value, "text": text} for value, text in options.items()],
        },
    }


def _rating(criterion: Criterion) -> dict[str, Any]:
    anchors = "; ".join(f"{level}: {text}" for level, text in criterion.anchors.items())
    return {
        "name": f"{RATING_PREFIX}{criterion.name}",
        "title": textwrap.shorten(criterion.question, _MAX_TITLE, placeholder="…"),
        "description": textwrap.shorten(anchors, _MAX_DESCRIPTION, placeholder="…"),
        "required": True,
        "settings": {"type": "rating", "options": [{"value": value} for value in _RATINGS]},
    }
