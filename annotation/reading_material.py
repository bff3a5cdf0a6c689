"""What a record shows, and how much of it there is to read: an answer given too fast is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.files import digest_json

DRAFT_FIELD = "draft"


@dataclass(frozen=True, slots=True)
class ReadingMaterial:
    """What a record asks to read.

    Attributes:
        n_words: Words of all of its fields.
        draft: The answer to edit; None where none is edited.
    """

    n_words: int
    draft: str | None = None


def reading_material(fields: Mapping[str, Any]) -> ReadingMaterial:
    """Return what the fields of a record, texts or chats, ask to read."""
    return ReadingMaterial(sum(map(_n_words, fields.values())), fields.get(DRAFT_FIELD))


def shown_digest(fields: Mapping[str, Any]) -> str:
    """Return a digest that tells records apart which show something else.

    Argilla adds fields that were left out, without a value; they make no difference, as empty ones.
    """
    return digest_json({name: value for name, value in fields.items() if value})


def _n_words(value: object) -> int:
    if isinstance(value, list):
        return sum(_n_words(turn.get("content")) for turn in value)
    return len(value.split()) if isinstance(value, str) else 0
