"""What a labelling dataset is: its definition, its records, and the words of its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.files import digest_json
from workbench.task import Task

LabelKind = Literal["instructions", "preferences", "rankings", "cleaning"]

KEEP, DROP, SECOND_READER = "keep", "drop", "second_reader"
ANSWER, VERDICT, PROBLEMS, COMMENT = "answer", "verdict", "problems", "comment"
CHOICE, RANKING, REASON = "choice", "ranking", "reason"
RULING, CORRECTION = "ruling", "correction"
ACCEPT, REJECT, CORRECT = "accept", "reject", "correct"
ANSWER_PREFIX = "answer_"  # of the fields that show answers to compare, in blind order
RATING_PREFIX, MARKS_PREFIX = "rate_", "marks_"
# Worth of a choice for A: its sign is the direction, its size the strength.
CHOICES: Mapping[str, int] = {
    "a_much_better": 2,
    "a_better": 1,
    "both_usable": 0,
    "both_unusable": 0,
    "b_better": -1,
    "b_much_better": -2,
}
DRAFT_AGENT = "draft"
_DIGEST_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What stands in a question before anybody answers.

    Attributes:
        value: As an answer to the question would be.
        agent: Who suggests it; letters, digits and `-_:./ ` only.
        score: How surely, in 0-1; for spans one a span.
    """

    value: Any
    agent: str
    score: float | Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class CarriedAnswer:
    """What a person answered to the same record before, mostly in an earlier version of a dataset.

    Attributes:
        user_id: Argilla's id of the person.
        status: `submitted`, `draft` or `discarded`.
        values: Answer by question, spans in characters.
        inserted_at: When it was first saved, as Argilla says it.
        updated_at: When it was last changed.
    """

    user_id: str
    status: str
    values: Mapping[str, Any]
    inserted_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class LabelItem:
    """One record to label.

    Attributes:
        external_id: Our id of it; pushing it again replaces what is there.
        fields: Text by field, or the turns of a chat.
        suggestions: Pre-filled answer by question.
        properties: What it can be filtered by; see `record_properties`.
    """

    external_id: str
    fields: Mapping[str, Any]
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)
    properties: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """A dataset of Argilla, as its REST interface takes it."""

    kind: LabelKind
    name: str
    settings: Mapping[str, Any]
    fields: Sequence[Mapping[str, Any]]
    questions: Sequence[Mapping[str, Any]]
    properties: Sequence[Mapping[str, Any]] = ()

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "settings": {"name": self.name, **self.settings},
            "fields": self.fields,
            "questions": self.questions,
            "properties": self.properties,
        }


def define(
    kind: LabelKind,
    task: Task,
    source: str,
    *,
    guidelines: str,
    fields: Sequence[Mapping[str, Any]],
    questions: Sequence[Mapping[str, Any]],
    properties: Sequence[Mapping[str, Any]] = (),
) -> Definition:
    """Return a dataset whose name tells it from any that asks something else.

    Args:
        kind: What is labelled.
        task: The task file; it says how many answers a record needs.
        source: What is labelled, such as the digest of a version.
        guidelines: Markdown, those of the task file included; Argilla takes 10,000 characters.
        fields: What people see.
        questions: What they answer.
        properties: What records can be filtered by.
    """
    settings = {
        "guidelines": guidelines.strip() or None,
        "allow_extra_metadata": False,
        "distribution": {
            "strategy": "overlap",
            "min_submitted": task.labelling.answers_per_record,
        },
    }
    asked = [source, settings, list(fields), list(questions)]
    # a dataset that declares none keeps the name that it had before there were properties
    digest = digest_json([*asked, list(properties)] if properties else asked)[:_DIGEST_LENGTH]
    return Definition(kind, f"{kind}-{digest}", settings, fields, questions, properties)


def record_payload(
    item: LabelItem,
    question_ids: Mapping[str, str],
    carried: Sequence[CarriedAnswer] = (),
) -> dict[str, Any]:
    """Return a new record as Argilla takes it.

    It holds no answer but those that people gave before: to an earlier version of the dataset, or
    to the same record before somebody deleted it.
    """
    payload: dict[str, Any] = {
        "external_id": item.external_id,
        "fields": dict(item.fields),
        "metadata": dict(item.properties),
        "suggestions": [
            _suggested(question_ids[name], suggestion)
            for name, suggestion in item.suggestions.items()
        ],
    }
    if carried:
        payload["responses"] = [
            {"user_id": answer.user_id, **response_payload(answer)} for answer in carried
        ]
    return payload


def _suggested(question_id: str, suggestion: Suggestion) -> dict[str, Any]:
    score = suggestion.score
    payload = {"question_id": question_id, "value": suggestion.value, "agent": suggestion.agent}
    return payload if score is None else {**payload, "score": score}


def response_payload(answer: CarriedAnswer) -> dict[str, Any]:
    """Return an answer as Argilla takes it from its author."""
    values = {name: {"value": value} for name, value in answer.values.items()}
    return {"status": answer.status, "values": values}
