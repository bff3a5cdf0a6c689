"""Properties of records, by which people filter and order in Argilla what they label.

Argilla's API tells an annotator's key every property of a record, hidden ones too, and lists the
values of all records. So a property says nothing but where a row belongs and how much there is to
read: never an arm, a model, a set of answers, a person, or a value that could stand for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.reading_material import reading_material

SPLIT, INPUT_WORDS, DRAFT_WORDS, FOUND_MARKS = "split", "input_words", "draft_words", "found_marks"
RULE = "rule"
_SETTINGS = {
    SPLIT: ("Split", "terms"),
    INPUT_WORDS: ("Words of the input", "integer"),
    DRAFT_WORDS: ("Words of the draft", "integer"),
    FOUND_MARKS: ("Places of personal data found", "integer"),
    RULE: ("Rule of curation", "terms"),
}
INSTRUCTION_PROPERTIES = (SPLIT, INPUT_WORDS, DRAFT_WORDS, FOUND_MARKS)
ANSWERS_PROPERTIES = (SPLIT, INPUT_WORDS)
CLEANING_PROPERTIES = (RULE,)


def declared(names: Sequence[str]) -> list[dict[str, Any]]:
    """Return properties as Argilla's REST interface takes them."""
    return [
        {"name": name, "title": _SETTINGS[name][0], "settings": {"type": _SETTINGS[name][1]}}
        for name in names
    ]


def n_words(fields: Mapping[str, Any], names: Sequence[str]) -> int:
    """Return how many words some fields of a record show, texts or chats; 0 for missing ones."""
    return reading_material({name: fields.get(name) for name in names}).n_words
