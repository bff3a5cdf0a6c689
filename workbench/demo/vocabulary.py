"""What a matter can be about: the firm's own terms, and the ways in which notes say them.

The firm's term of each entry is what the summary says; the wordings are what clients and writers
say. Wordings are shared by all writers; whole sentences are not (see `phrasing`).
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.demo.words import words


@dataclass(frozen=True, slots=True)
class Entry:
    """One term of the firm and the wordings that mean it."""

    term: str
    wordings: tuple[str, ...]


def _entries(slot: str) -> tuple[Entry, ...]:
    terms = words("words")["terms"][slot]
    return tuple(Entry(term, tuple(wordings)) for term, wordings in terms.items())


DISPUTES = _entries("dispute")
REMEDIES = _entries("remedies")
STATES = _entries("jurisdiction")
NEXT_STEPS = _entries("next_step")
