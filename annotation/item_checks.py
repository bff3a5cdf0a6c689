"""Find what Argilla would refuse before anything is sent: one bad record costs a batch of 500."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from annotation.chat_turns import MAX_TURN_CHARACTERS, MAX_TURNS
from annotation.tasks import Definition, LabelItem, Suggestion
from workbench.errors import AnnotationError

# Argilla's limit, of argilla_server 2.8.0: api/schemas/v1/chat.py
_MAX_ROLE_CHARACTERS = 20
_AGENT = re.compile(r"[A-Za-z0-9][\w\-:./ ]{0,199}", re.ASCII)
_SHOWN = 5


def check_items(definition: Definition, items: Sequence[LabelItem]) -> None:
    """Check records against the dataset that they are for.

    Raises:
        AnnotationError: Argilla would refuse some; the first few are named with place and reason,
            without any of their text.
    """
    problems = list(_problems(definition, items))
    if not problems:
        return
    shown = "\n".join(problems[:_SHOWN])
    more = f"\nand {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    raise AnnotationError(
        f"Argilla would refuse records of {definition.name}; nothing was sent.\n{shown}{more}",
        "Mend these rows (`workbench data fix ROW`) or curate them away, then push again.",
    )


def _problems(definition: Definition, items: Sequence[LabelItem]) -> Iterator[str]:
    seen: set[str] = set()
    questions = {question["name"]: question["settings"] for question in definition.questions}
    names = {declared["name"] for declared in definition.fields}
    properties = {declared["name"] for declared in definition.properties}
    for item in items:
        where = f"record {item.external_id}"
        if item.external_id in seen:
            yield f"{where}: another record has the same id"
        seen.add(item.external_id)
        for declared in definition.fields:
            problem = _field_problem(declared, item.fields.get(declared["name"]))
            if problem:
                yield f"{where}, field {declared['name']}: {problem}"
        for name in sorted(item.fields.keys() - names):
            yield f"{where}, field {name}: the dataset has no such field"
        for name in sorted(item.properties.keys() - properties):
            yield f"{where}, property {name}: the dataset has no such property"
        for name, suggestion in item.suggestions.items():
            problem = _suggestion_problem(questions.get(name), suggestion)
            if problem:
                yield f"{where}, suggestion for {name}: {problem}"


def _field_problem(declared: Mapping[str, Any], value: object) -> str:
    if value is None:
        return "it is required and missing" if declared["required"] else ""
    if declared["settings"]["type"] == "chat":
        return _chat_problem(value)
    return "" if isinstance(value, str) else "it is not text"


def _chat_problem(value: object) -> str:
    if not isinstance(value, list):
        return "it is not a list of turns"
    if len(value) > MAX_TURNS:
        return f"it has {len(value)} turns, Argilla takes {MAX_TURNS}"
    for number, turn in enumerate(value, start=1):
        role, content = turn["role"], turn["content"]
        if not 1 <= len(role) <= _MAX_ROLE_CHARACTERS:
            return f"the role of turn {number} is empty or longer than {_MAX_ROLE_CHARACTERS}"
        if not content:
            return f"turn {number} is empty"
        if len(content) > MAX_TURN_CHARACTERS:
            return f"turn {number} is longer than {MAX_TURN_CHARACTERS} characters"
    return ""


def _suggestion_problem(settings: Mapping[str, Any] | None, suggestion: Suggestion) -> str:
    if settings is None:
        return "the dataset has no such question"
    if not _AGENT.fullmatch(suggestion.agent):
        return f"the agent {suggestion.agent!r} holds more than letters, digits and -_:./"
    value = suggestion.value
    if settings["type"] not in ("label_selection", "multi_label_selection", "rating"):
        return ""
    allowed = {option["value"] for option in settings["options"]}
    given = value if isinstance(value, list) else [value]
    lacking = [each for each in given if each not in allowed]
    return f"the dataset lacks the label {lacking[0]!r}" if lacking else ""
