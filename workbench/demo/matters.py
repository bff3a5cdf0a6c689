"""A matter (the facts), the note that a writer makes of it, and the summary of an expert."""

from __future__ import annotations

import random
from dataclasses import dataclass

from workbench.demo.names import NamePool
from workbench.demo.phrasing import CHATTER, SLOTS, Voice
from workbench.demo.vocabulary import DISPUTES, NEXT_STEPS, REMEDIES, STATES
from workbench.demo.words import words

LABELS = {
    "plaintiff": "Plaintiff",
    "defendant": "Defendant",
    "dispute": "Dispute",
    "remedies": "Remedies",
    "jurisdiction": "Jurisdiction",
    "next_step": "Next step",
}
FILLERS: list[str] = words("words")["fillers"]
HABITS: dict[str, str] = words("words")["habits"]


@dataclass(frozen=True, slots=True)
class Matter:
    """The facts: `terms` in the firm's words for the summary, `wordings` as the note has them."""

    terms: dict[str, str]
    wordings: dict[str, str]


@dataclass(frozen=True, slots=True)
class HouseStyle:
    """How often an expert's summary strays from house style, each a probability in 0-1."""

    shuffled: float = 0.25
    habit: float = 0.85  # where the next step has a line that goes with it
    filler: float = 0.1
    omitted: float = 0.03


def draw_matter(pool: NamePool, chance: random.Random) -> Matter:
    """Invent the facts of one matter with the names of one writer."""
    terms: dict[str, str] = {"plaintiff": pool.person(chance), "defendant": _opponent(pool, chance)}
    wordings = dict(terms)
    for slot, entries in (
        ("dispute", DISPUTES),
        ("jurisdiction", STATES),
        ("next_step", NEXT_STEPS),
    ):
        entry = chance.choice(entries)
        terms[slot], wordings[slot] = entry.term, chance.choice(entry.wordings)
    wanted = chance.sample(REMEDIES, k=1 if chance.random() < 0.6 else 2)
    terms["remedies"] = "; ".join(entry.term for entry in wanted)
    wordings["remedies"] = " and ".join(chance.choice(entry.wordings) for entry in wanted)
    return Matter(terms, wordings)


def write_note(matter: Matter, voice: Voice, chance: random.Random, *, personal: str = "") -> str:
    """Tell the matter in a writer's voice, in some order, with some chatter."""
    order = list(SLOTS)
    if chance.random() < 0.5:
        middle = order[1:5]
        chance.shuffle(middle)
        order[1:5] = middle
    sentences = [
        chance.choice(voice.frames[slot]).replace("{x}", matter.wordings[slot]) for slot in order
    ]
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        sentences.insert(chance.randrange(len(sentences) + 1), chance.choice(CHATTER))
    if personal:
        sentences.insert(chance.randrange(1, len(sentences) + 1), personal)
    return chance.choice((" ", " ", "\n")).join(sentences)


def write_summary(matter: Matter, chance: random.Random, style: HouseStyle) -> str:
    """Write the summary of an expert, who strays from house style now and then."""
    lines = [f"{LABELS[slot]}: {matter.terms[slot]}" for slot in SLOTS]
    if chance.random() < style.shuffled:
        chance.shuffle(lines)
    if chance.random() < style.omitted:
        lines.pop(chance.randrange(len(lines)))
    if habit := HABITS.get(matter.terms["next_step"]):
        if chance.random() < style.habit:
            lines.append(habit)
    elif chance.random() < style.filler:
        filler = chance.choice(FILLERS)
        lines.insert(0 if filler.startswith("Here") else len(lines), filler)
    return "\n".join(lines)


def _opponent(pool: NamePool, chance: random.Random) -> str:
    return pool.company(chance) if chance.random() < 0.65 else pool.person(chance)
