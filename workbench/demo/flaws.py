"""What real notes suffer from: typos, personal data, cut-off text, contradictions."""

from __future__ import annotations

import random

from workbench.demo.names import NamePool
from workbench.demo.vocabulary import STATES
from workbench.demo.words import words

_TYPO_WORDS: dict[str, str] = words("words")["typos"]


def personal_sentence(pool: NamePool, chance: random.Random) -> str:
    """Return a sentence with an e-mail address, a telephone or a social security number."""
    first, last = pool.person(chance).lower().split()
    email = f"{first}.{last}@example.{chance.choice(('com', 'org', 'net'))}"
    phone = f"({chance.randint(201, 989)}) 555-{chance.randint(100, 199):04d}"
    social = f"{chance.randint(101, 665)}-{chance.randint(10, 99)}-{chance.randint(1001, 9899)}"
    return chance.choice(
        (
            f"Reach the client at {email}.",
            f"Cell {phone}.",
            f"Mail {email} or call {phone}.",
            f"SSN on file {social}.",
        )
    )


def misspell(note: str, chance: random.Random) -> str:
    """Swap letters in one or two common words; names are left alone."""
    present = [word for word in _TYPO_WORDS if f" {word}" in note]
    for word in chance.sample(present, k=min(len(present), chance.choice((1, 2)))):
        note = note.replace(f" {word}", f" {_TYPO_WORDS[word]}", 1)
    return note


def cut_off(note: str, chance: random.Random) -> str:
    """Return the first half or so of a note, ending in the middle of a word."""
    return note[: int(len(note) * chance.uniform(0.35, 0.6))].rstrip(" .,")


def contradict(note: str, chance: random.Random) -> str:
    """Append a sentence that moves the matter to another state."""
    one, two = chance.sample(STATES, k=2)
    return f"{note} Correction: it is {one.term}, or was it {two.term}?"
