"""How writers say things: sentence frames put together from parts, each owned by one writer.

A frame is a combination of parts. The combinations are dealt out like the names, so a held-out
writer's sentences occur nowhere else although their parts do, as with real colleagues.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import product

from workbench.demo.names import PUBLIC
from workbench.demo.words import words

SLOTS = ("plaintiff", "defendant", "dispute", "remedies", "jurisdiction", "next_step")
_PUBLIC_SHARE = 0.4

CHATTER: list[str] = words("words")["chatter"]


@dataclass(frozen=True, slots=True)
class Voice:
    """The sentences of one writer: frames per slot, each with {x} for the value."""

    frames: dict[str, tuple[str, ...]]


def voices(writers: tuple[str, ...]) -> dict[str, Voice]:
    """Deal every frame of every slot to one writer, or to `PUBLIC`."""
    dealt: dict[str, dict[str, list[str]]] = {w: {s: [] for s in SLOTS} for w in (PUBLIC, *writers)}
    for slot in SLOTS:
        frames = ["".join(parts) for parts in product(*words("words")["frames"][slot])]
        frames.sort(key=lambda frame: sha256(frame.encode()).digest())
        cut = int(len(frames) * _PUBLIC_SHARE)
        dealt[PUBLIC][slot] = frames[:cut]
        for index, frame in enumerate(frames[cut:]):
            dealt[writers[index % len(writers)]][slot].append(frame)
    return {
        owner: Voice({slot: tuple(frames) for slot, frames in by_slot.items()})
        for owner, by_slot in dealt.items()
    }
