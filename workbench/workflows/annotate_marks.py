"""Personal data in the texts that people label: found beforehand, and replaced once marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from annotation.aggregate import Mark
from annotation.instruction_task import MARKED_FIELDS, FoundMark, FoundMarks
from workbench.curation.personal_data.kinds import BY_CERTAINTY, Finding, ModelFinding
from workbench.curation.personal_data.replace import tags_in
from workbench.curation.personal_data.scan import Scanner
from workbench.curation.personal_data_rules import PersonalDataRules
from workbench.curation.stages.personal_data import models_of, scanner_of
from workbench.records import Example, Message

_PATTERNS_AGENT = "workbench personal_data"
_NO_AGENT_CHARACTER = re.compile(r"[^a-zA-Z0-9\-_:./ ]+")
_MAX_AGENT = 200  # Argilla's limit
_SURE = 1.0


class MarkFinder:
    """Finds in texts what the recipe's personal-data stage looks for, and the tags that it writes.

    In a version that this stage made, these are the surrogates and tags that it put there: what
    people mark beside them was missed. Tags count whatever kinds the recipe names, since it may
    have named others when they were written.

    Args:
        rules: The recipe's.

    Attributes:
        kinds: Every kind, so that people can mark what the recipe does not look for. What rules
            miss most often stands first, since Argilla folds all but the first eight away.
    """

    kinds = tuple(reversed(BY_CERTAINTY))

    def __init__(self, rules: PersonalDataRules) -> None:
        self._rules = rules

    def find(self, fields: Mapping[str, object]) -> FoundMarks:
        """Return what stands in the text fields of one record that can be marked.

        The score is a model's confidence; patterns and tags know no doubt, theirs is always 1.
        """
        texts = {
            name: text
            for name, text in fields.items()
            if name in MARKED_FIELDS and isinstance(text, str)
        }
        found = self._find_row(list(texts.values()))
        places = {
            name: [
                FoundMark(
                    each.kind,
                    each.start,
                    each.end,
                    each.score if isinstance(each, ModelFinding) else _SURE,
                )
                for each in findings
            ]
            for name, findings in zip(texts, found, strict=True)
        }
        return FoundMarks(self._agent, places)

    def places(self, text: str) -> tuple[Finding, ...]:
        """Return what stands in one text, in order and without overlaps."""
        return self._find_row([text])[0]

    def _find_row(self, texts: Sequence[str]) -> list[tuple[Finding, ...]]:
        found = self._scanner.find_row(texts)
        return [_with_tags(each, text) for each, text in zip(found, texts, strict=True)]

    @cached_property
    def _scanner(self) -> Scanner:
        return scanner_of(self._rules)

    @cached_property
    def _agent(self) -> str:
        agents = [_PATTERNS_AGENT, *(model.agent for model in models_of(self._rules))]
        return _NO_AGENT_CHARACTER.sub(" ", " / ".join(agents))[:_MAX_AGENT].strip()


def _with_tags(found: Sequence[Finding], text: str) -> tuple[Finding, ...]:
    """Return findings and tags in the order of the text; what touches a tag is the tag."""
    tags = tags_in(text)
    others = [
        each
        for each in found
        if not any(each.start < tag.end and tag.start < each.end for tag in tags)
    ]
    return tuple(sorted((*others, *tags), key=lambda each: each.start))


def missed_values(
    fields: Mapping[str, object],
    marks: Mapping[str, Sequence[Mark]],
    found: FoundMarks,
) -> dict[str, str]:
    """Return what people marked as personal data and nothing had found, with its kind.

    Args:
        fields: What they saw.
        marks: What they marked, by field.
        found: What was found before, by field.

    Returns: Kind by value; of a value that was marked twice, the first kind.
    """
    values: dict[str, str] = {}
    for name, places in marks.items():
        text, known = fields.get(name), found.by_field.get(name, ())
        if not isinstance(text, str):
            continue
        for mark in places:
            value = text[mark.start : mark.end].strip()
            is_known = any(each.start <= mark.start and mark.end <= each.end for each in known)
            if value and not is_known:
                values.setdefault(value, mark.label)
    return values


def without_values(example: Example, values: Mapping[str, str]) -> Example:
    """Return a row with a tag such as `[NAME]` in the place of every mention of some values."""
    prompt: tuple[Message, ...] = tuple(
        {"role": turn["role"], "content": tagged_text(turn["content"], values)}
        for turn in example.prompt
    )
    return replace(
        example,
        input=tagged_text(example.input, values),
        prompt=prompt,
        completion=tagged_text(example.completion, values),
    )


def tagged_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with a tag in the place of every mention of a value.

    Args:
        text: Any text.
        values: Kind by value.
    """
    if not values:
        return text
    # the longest first: a name goes before a part of it
    ordered = sorted(values, key=lambda value: (-len(value), value))
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in ordered))
    return pattern.sub(lambda match: f"[{values[match[0]].upper()}]", text)
