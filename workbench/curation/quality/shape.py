"""Whether a row looks complete: its output has the task's shape, and no text was cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache

from workbench.task import Output, OutputField

_CLOSING = "\"”'’)]}»*_`"
_MIN_CHARACTERS = 40


def missing_fields(text: str, shape: Output) -> tuple[str, ...]:
    """Return the names of the required fields that an output lacks or leaves empty.

    Free text lacks nothing. An output that is not the JSON object it should be lacks every field.
    """
    required = [field for field in shape.fields if field.required]
    if shape.format == "labelled_lines":
        return tuple(field.name for field in required if not _has_line(text, field.label))
    if shape.format == "json":
        return _missing_keys(text, required)
    return ()


def ends_open(text: str) -> bool | None:
    """Tell whether a text stops without the end of a sentence; None if it is too short to tell."""
    body = text.rstrip().rstrip(_CLOSING)
    if len(body) < _MIN_CHARACTERS:
        return None
    return body[-1].isalnum() or body[-1] in ",-–—(/&"


@lru_cache(maxsize=256)
def _line_pattern(label: str) -> re.Pattern[str]:
    # List marks and bold marks around a label are common; the value stands on the line or below.
    return re.compile(
        rf"^[ \t*_#>-]*{re.escape(label)}[ \t*_]*:[ \t*_]*(?:\S|\n[ \t]*[^\s:]+(?![^\n]*:))",
        re.IGNORECASE | re.MULTILINE,
    )


def _has_line(text: str, label: str) -> bool:
    return _line_pattern(label).search(text) is not None


def _missing_keys(text: str, required: Sequence[OutputField]) -> tuple[str, ...]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return tuple(field.name for field in required)
    return tuple(
        field.name
        for field in required
        if value.get(field.name, value.get(field.label)) in (None, "", [], {})
    )
