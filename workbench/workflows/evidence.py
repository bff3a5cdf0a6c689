"""The evidence of a decision in words, with the rows that it names ready to be linked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ROW_ID = re.compile(r"[0-9a-f]{16}")
_SHOWN_VALUES = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a fact; `row_id` is empty unless it names a row."""

    text: str
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the evidence."""

    name: str
    parts: tuple[Part, ...]


def in_words(evidence: Mapping[str, object]) -> list[Fact]:
    """Return evidence as a list of facts; long lists are cut, empty ones left out."""
    facts = [Fact(name.replace("_", " "), tuple(_parts(value))) for name, value in evidence.items()]
    return [fact for fact in facts if fact.parts]


def _parts(value: object) -> list[Part]:
    if isinstance(value, Mapping):
        return [Part(f"{name} {_plain(inner)}".replace("_", " ")) for name, inner in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [_part(item) for item in value[:_SHOWN_VALUES]]
        left = len(value) - len(parts)
        return [*parts, Part(f"and {left} more")] if left else parts
    return [_part(value)]


def _part(value: object) -> Part:
    text = _plain(value)
    return Part(text, text if _ROW_ID.fullmatch(text) else "")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_plain, value))
    return str(value)
