"""Read the fields of an answer in the shape that the task file gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.task import Output

_MARKS = " \t*_#>-"


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """What an answer holds.

    Attributes:
        values: Text of each field found and not empty, by the field's name.
        order: Names of the fields in the order of the answer.
        extra: Lines or keys that are no field; a field that comes again is one.
        in_shape: Whether the answer has the outer form at all (a JSON object, for `json`).
    """

    values: Mapping[str, str]
    order: tuple[str, ...]
    extra: int
    in_shape: bool


def parse_answer(text: str, output: Output) -> ParsedAnswer:
    """Return the fields of an answer; free text has none and is always in shape."""
    if output.format == "labelled_lines":
        return _labelled_lines(text, output)
    if output.format == "json":
        return _json_object(text, output)
    return ParsedAnswer({}, (), 0, in_shape=bool(text.strip()))


def _labelled_lines(text: str, output: Output) -> ParsedAnswer:
    names = {field.label.casefold(): field.name for field in output.fields}
    values: dict[str, str] = {}
    order: list[str] = []
    extra = 0
    for line in filter(None, (line.strip(_MARKS) for line in text.splitlines())):
        label, colon, value = line.partition(":")
        name = names.get(label.strip(_MARKS).casefold()) if colon else None
        if name is None or name in order:
            extra += 1
            continue
        order.append(name)
        if value := value.strip(_MARKS):
            values[name] = value
    return ParsedAnswer(values, tuple(order), extra, in_shape=bool(order))


def _json_object(text: str, output: Output) -> ParsedAnswer:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return ParsedAnswer({}, (), 1, in_shape=False)
    names = {field.name: field.name for field in output.fields}
    names |= {field.label: field.name for field in output.fields}
    values: dict[str, str] = {}
    order: list[str] = []
    extra = 0
    for key, value in content.items():
        name = names.get(key)
        if name is None or name in order:
            extra += 1
            continue
        order.append(name)
        if value not in (None, "", [], {}):
            values[name] = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return ParsedAnswer(values, tuple(order), extra, in_shape=True)
