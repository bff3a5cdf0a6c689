"""Invented people and companies: stems combined, and every combination owned by one writer.

A surname or a company stem belongs to exactly one pool, so holding out a writer holds out names
that occur nowhere else. The pool `PUBLIC` is for the base model's pre-training text.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from hashlib import sha256
from itertools import product

from workbench.demo.words import words

PUBLIC = "public"
_PUBLIC_SHARE = 0.4

_PARTS = words("words")["names"]


@dataclass(frozen=True, slots=True)
class NamePool:
    """The names that one writer's clients and their opponents may have."""

    surnames: tuple[str, ...]
    company_stems: tuple[str, ...]

    def person(self, chance: random.Random) -> str:
        """Return a full name."""
        return f"{chance.choice(_PARTS['first'])} {chance.choice(self.surnames)}"

    def company(self, chance: random.Random) -> str:
        """Return a company's name."""
        return f"{chance.choice(self.company_stems)} {chance.choice(_PARTS['trades'])}"


def name_pools(writers: tuple[str, ...]) -> dict[str, NamePool]:
    """Deal every surname and company stem to one writer, or to `PUBLIC`."""
    surnames = _deal("surname", writers)
    stems = _deal("stem", writers)
    return {
        owner: NamePool(tuple(surnames[owner]), tuple(stems[owner])) for owner in (PUBLIC, *writers)
    }


def _deal(kind: str, writers: tuple[str, ...]) -> dict[str, list[str]]:
    combined = [a + b for a, b in product(_PARTS[f"{kind}_starts"], _PARTS[f"{kind}_ends"])]
    # by hash, so that the deal does not follow the alphabet and never changes
    shuffled = sorted(combined, key=lambda word: sha256(word.encode()).digest())
    cut = int(len(shuffled) * _PUBLIC_SHARE)
    dealt: dict[str, list[str]] = {PUBLIC: shuffled[:cut], **{writer: [] for writer in writers}}
    private = [word for word in shuffled[cut:] if word not in _PARTS["ordinary_words"]]
    for index, word in enumerate(private):
        dealt[writers[index % len(writers)]].append(word)
    return dealt
