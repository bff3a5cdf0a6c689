"""Where a span begins and ends: Argilla's pages count UTF-16 units, Python counts characters.

The two differ after each character beyond U+FFFF, such as most emoji
(https://github.com/argilla-io/argilla/issues/5729). In Argilla spans are in UTF-16 units, as its
pages show and save them; everywhere else they are in characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, compress
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
    return _convert_spans(values, fields, span_fields, to_characters)


def values_in_units(
    values: Mapping[str, Any], fields: Mapping[str, Any], span_fields: Mapping[str, str]
) -> dict[str, Any]:
    """Return an answer with its spans in UTF-16 units; see `spans_in_characters`."""
    return _convert_spans(values, fields, span_fields, to_units)


def payload_in_units(
    payload: Mapping[str, Any], span_fields: Mapping[str, str], question_ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return a record as it is sent, with the spans of suggestions and answers in UTF-16 units.

    Args:
        payload: `fields`, `suggestions` and, if there are any, `responses` as Argilla takes them,
            spans in characters.
        span_fields: Field by question, of the questions about spans.
        question_ids: Ids of the questions by name.
    """
    marked = {question_ids[name]: place for name, place in span_fields.items()}
    suggestions = [
        {**made, "value": _converted(made["value"], payload["fields"].get(place), to_units)}
        if (place := marked.get(made["question_id"]))
        else made
        for made in payload["suggestions"]
    ]
    responses = [
        {**given, "values": _wrapped_in_units(given["values"], payload["fields"], span_fields)}
        for given in payload.get("responses", ())
    ]
    return {**payload, "suggestions": suggestions} | ({"responses": responses} if responses else {})


def without_marks_past_the_end(
    payload: Mapping[str, Any], span_fields: Mapping[str, str], question_ids: Mapping[str, str]
) -> tuple[dict[str, Any], int]:
    """Leave out suggested marks that an Argilla as it was released refuses, with their number.

    It holds their end, in UTF-16 units, against the length of the text in characters; ours does
    not. See `payload_in_units`, which made the payload.
    """
    marked = {question_ids[name]: place for name, place in span_fields.items()}
    suggestions: list[Mapping[str, Any]] = []
    n_left_out = 0
    for made in payload["suggestions"]:
        place = marked.get(made["question_id"])
        if place is None:
            suggestions.append(made)
            continue
        length = len(payload["fields"].get(place) or "")
        within = [span["end"] <= length for span in made["value"]]
        n_left_out += within.count(False)
        if any(within):  # no suggestion of no marks is taken
            suggestions.append(_some(made, within))
    return {**payload, "suggestions": suggestions}, n_left_out


def _some(made: Mapping[str, Any], chosen: Sequence[bool]) -> dict[str, Any]:
    """Return a suggestion with some of its spans, and their scores if it has any."""
    lists = {name: made[name] for name in ("value", "score") if isinstance(made.get(name), list)}
    return {**made, **{name: list(compress(each, chosen)) for name, each in lists.items()}}


def _wrapped_in_units(
    wrapped: Mapping[str, Mapping[str, Any]],
    fields: Mapping[str, Any],
    span_fields: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    values = {name: given["value"] for name, given in wrapped.items()}
    return {
        name: {"value": value}
        for name, value in values_in_units(values, fields, span_fields).items()
    }


def _convert_spans(
    values: Mapping[str, Any],
    fields: Mapping[str, Any],
    span_fields: Mapping[str, str],
    convert: Callable[[str, int], int],
) -> dict[str, Any]:
    return {
        name: _converted(value, fields.get(span_fields[name]), convert)
        if name in span_fields
        else value
        for name, value in values.items()
    }


def _converted(
    spans: Sequence[Mapping[str, Any]] | None,
    text: str | None,
    convert: Callable[[str, int], int],
) -> list[dict[str, Any]] | None:
    """Convert spans; a record without the text has none."""
    if spans is None or text is None:
        return None if spans is None else []
    return [
        {**span, "start": convert(text, span["start"]), "end": convert(text, span["end"])}
        for span in spans
    ]
