"""Where a span begins and ends: Argilla's pages count UTF-16 units, Python counts characters.

The two differ after each character beyond U+FFFF, such as most emoji
(https://github.com/argilla-io/argilla/issues/5729). In Argilla spans are in UTF-16 units, as its
pages show and save them; everywhere else they are in characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

_LAST_OF_ONE_UNIT = "\uffff"


def to_units(text: str, position: int) -> int:
    """Return a position in characters as UTF-16 units."""
    return position + sum(character > _LAST_OF_ONE_UNIT for character in text[:position])


def to_characters(text: str, unit: int) -> int:
    """Return a position in UTF-16 units as characters; inside a character, where it begins."""
    sizes = (2 if character > _LAST_OF_ONE_UNIT else 1 for character in text)
    return sum(end <= unit for end in accumulate(sizes))


def spans_in_characters(
    values: Mapping[str, Any], fields: Mapping[str, Any], span_fields: Mapping[str, str]
) -> dict[str, Any]:
    """Return an answer with its spans in characters.

    Args:
        values: Answer by question, as Argilla holds it.
        fields: The record's text by field.
        span_fields: Field by question, of the questions about spans.
    """
    return {
        name: _converted(value, fields[span_fields[name]], to_characters)
        if name in span_fields
        else value
        for name, value in values.items()
    }


def payload_in_units(
    payload: Mapping[str, Any], span_fields: Mapping[str, str], question_ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return a record as it is sent, with the spans of its suggestions in UTF-16 units.

    Args:
        payload: `fields` and `suggestions` as Argilla takes them, spans in characters.
        span_fields: Field by question, of the questions about spans.
        question_ids: Ids of the questions by name.
    """
    marked = {question_ids[name]: place for name, place in span_fields.items()}
    suggestions = [
        {**made, "value": _converted(made["value"], payload["fields"][place], to_units)}
        if (place := marked.get(made["question_id"]))
        else made
        for made in payload["suggestions"]
    ]
    return {**payload, "suggestions": suggestions}


def _converted(
    spans: Sequence[Mapping[str, Any]] | None, text: str, convert: Callable[[str, int], int]
) -> list[dict[str, Any]] | None:
    if spans is None:
        return None
    return [
        {**span, "start": convert(text, span["start"]), "end": convert(text, span["end"])}
        for span in spans
    ]
