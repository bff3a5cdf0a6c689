"""What changed from one text to another, word by word, in a form that a page can mark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# The comparison grows with the square of the length; what a page shows is bounded anyway.
SHOWN_CHARACTERS = 6000
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    change: Literal["same", "gone", "new"]
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """Return how `before` became `after`.

    Only the first `SHOWN_CHARACTERS` of each are compared. The pieces that are not `new` are
    together `before`, those that are not `gone` are `after`.
    """
    old = _WORDS.findall(before[:SHOWN_CHARACTERS])
    new = _WORDS.findall(after[:SHOWN_CHARACTERS])
    pieces = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[i:j])))
            continue
        pieces.append(Piece("gone", "".join(old[i:j])))
        pieces.append(Piece("new", "".join(new[k:m])))
    return [piece for piece in pieces if piece.text]


def shown(text: str) -> str:
    """Return as much of a text as a page shows."""
    return text[:SHOWN_CHARACTERS] + (" …" if len(text) > SHOWN_CHARACTERS else "")


def seen(text: str) -> str:
    """Return a changed span so that spaces and characters without a glyph can be seen."""
    marked = "".join(c if c.isprintable() or c == "\n" else f"<{ord(c):04X}>" for c in shown(text))
    return marked.replace(" ", "·").replace("\n", "⏎\n") if text.isspace() else marked
