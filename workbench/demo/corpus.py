"""Pre-training text of the demo's base model: language, copying and looking things up.

It holds notes by nobody in the demo (public names and phrasings), plain copying exercises, and chat
turns that ask about one thing at a time. It holds no summary in the task's format.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.demo.dataset import WRITERS
from workbench.demo.flaws import misspell, personal_sentence
from workbench.demo.matters import Matter, draw_matter, write_note
from workbench.demo.names import PUBLIC, NamePool, name_pools
from workbench.demo.phrasing import Voice, voices
from workbench.demo.words import words

PLACEHOLDERS = ("[EMAIL]", "[PHONE]", "[SSN]")
_EXERCISES = words("corpus")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer in a chat."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Document:
    """Plain text, or a chat that starts with some text and goes on with questions."""

    text: str
    turns: tuple[Turn, ...] = ()


class Corpus:
    """An endless, seeded stream of documents."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - invented text, not a secret
        self._pool: NamePool = name_pools(WRITERS)[PUBLIC]
        self._voice: Voice = voices(WRITERS)[PUBLIC]

    def documents(self, copying_share: float) -> Iterator[Document]:
        """Yield documents; `copying_share` (0-1) of them are copying exercises."""
        exercises = [self._list, self._labelled, self._labelled, self._parties]
        while True:
            if self._chance.random() < copying_share:
                yield self._chance.choice(exercises)()
            elif self._chance.random() < 0.12:
                yield Document(self._note(self._matter()))
            else:
                yield self._interview()

    def _matter(self) -> Matter:
        return draw_matter(self._pool, self._chance)

    def _note(self, matter: Matter) -> str:
        chance = self._chance
        personal = ""
        if chance.random() < 0.3:
            personal = personal_sentence(self._pool, chance)
            if chance.random() < 0.8:
                kind = chance.choice(PLACEHOLDERS)
                opener = chance.choice(_EXERCISES["redacted_openers"])
                personal = f"{opener} {kind}."
        note = write_note(matter, self._voice, chance, personal=personal)
        return misspell(note, chance) if chance.random() < 0.15 else note

    def _thing(self) -> str:
        chance = self._chance
        kind = chance.random()
        if kind < 0.4:
            return self._pool.person(chance)
        if kind < 0.65:
            return self._pool.company(chance)
        if kind < 0.85:
            return " ".join(chance.choices(_EXERCISES["words"], k=chance.randint(1, 3)))
        letters = string.ascii_uppercase + string.digits
        return "".join(chance.choices(letters, k=chance.randint(3, 7)))

    def _list(self) -> Document:
        things = [self._thing() for _ in range(self._chance.randint(2, 6))]
        text = "; ".join(things)
        order = self._chance.choice(_EXERCISES["copy_orders"])
        return Document("", (Turn(f"{order}: {text}", text),))

    def _labelled(self) -> Document:
        chance = self._chance
        keys = chance.sample(_EXERCISES["keys"], k=chance.randint(3, 6))
        values = {key: self._thing() for key in keys}
        mark = chance.choice((": ", " - ", " = ", " is "))
        text = chance.choice(("\n", ". ", "; ")).join(
            f"{key}{mark}{value}" for key, value in values.items()
        )
        asked = chance.sample(keys, k=min(3, len(keys)))
        return Document(text, tuple(Turn(self._ask(key), values[key]) for key in asked))

    def _ask(self, key: str) -> str:
        question: str = self._chance.choice(_EXERCISES["key_questions"])
        return question.format(key.lower())

    def _parties(self) -> Document:
        """Sentences of the form `A did something to B`, then who did and who suffered it."""
        chance = self._chance
        one, two = self._thing(), self._thing()
        act, doer, other = chance.choice(_EXERCISES["acts"])
        text = act.replace("{a}", one).replace("{b}", two)
        if chance.random() < 0.5:
            first, second, third = (chance.choice(_EXERCISES["words"]) for _ in range(3))
            text = f"{text} {first.capitalize()} {second} {third}."
        turns = [Turn(doer, one), Turn(other, two)]
        chance.shuffle(turns)
        return Document(text, tuple(turns))

    def _interview(self) -> Document:
        """A note and questions about it, in any order."""
        chance = self._chance
        matter = self._matter()
        slots = chance.sample(sorted(_EXERCISES["questions"]), k=chance.randint(3, 6))
        turns = [
            Turn(chance.choice(_EXERCISES["questions"][slot]), _answer(slot, matter, chance))
            for slot in slots
        ]
        if chance.random() < 0.12:
            turns.insert(0, Turn(chance.choice(_EXERCISES["retell"]), _prose(matter, chance)))
        return Document(self._note(matter), tuple(turns))


def _answer(slot: str, matter: Matter, chance: random.Random) -> str:
    term = matter.terms[slot]
    if slot == "remedies" and chance.random() < 0.5:
        term = term.replace("; ", " and ")
    kind = chance.random()
    if kind < 0.7:
        return term
    return f"It is {term}." if kind < 0.85 else f"{term[0].upper()}{term[1:]}."


def _prose(matter: Matter, chance: random.Random) -> str:
    terms = matter.terms
    who = f"{terms['plaintiff']} came about {terms['dispute']}"
    return chance.choice(
        (
            f"{who} in {terms['jurisdiction']}.",
            f"{who}; we {terms['next_step']}.",
            f"A client wants {terms['remedies'].replace('; ', ' and ')} over {terms['dispute']}.",
            f"There is a quarrel about {terms['dispute']} in {terms['jurisdiction']}.",
        )
    )
