"""Where a span begins and ends: Argilla's pages count UTF-16 units, Python counts characters.

The two differ after each character beyond U+FFFF, such as most emoji
(https://github.com/argilla-io/argilla/issues/5729). In Argilla spans are in UTF-16 units, as its
pages show and save them; everywhere else they are in characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        name: _converted(value, fields[span_fields[name]])
        if value and name in span_fields
        else value
        for name, value in values.items()
    }


def _converted(spans: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    if text.isascii():
        return [dict(span) for span in spans]
    return [
        {
            **span,
            "start": to_characters(text, span["start"]),
            "end": to_characters(text, span["end"]),
        }
        for span in spans
    ]
