"""Chats as Argilla shows them, turn by turn, where its limits allow it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from workbench.records import Message

# of argilla_server 2.8.0, unless it is started otherwise; our own takes longer turns
MAX_TURNS = 500
MAX_TURN_CHARACTERS = 20_000
_LABEL = re.compile(r"(?:\A|\n\n)(System|User|Assistant|Tool): ?")

Turn = Mapping[str, str]


def turns_of(prompt: Sequence[Message]) -> list[Turn]:
    """Return the turns of a chat: those of the prompt, or of the transcript in its only user turn.

    An imported chat is a transcript with `User:`, `Assistant:`, `System:` or `Tool:` before each
    turn and an empty line between two. Where the task file's template puts words before it, the
    prompt is no chat but a text about one.

    Args:
        prompt: At least one turn.
    """
    said: list[Turn] = [{"role": turn["role"], "content": turn["content"]} for turn in prompt]
    if sum(turn["role"] != "system" for turn in said) > 1:
        return said
    transcript = transcript_turns(said[-1]["content"])
    return [*said[:-1], *transcript] if transcript else []


def transcript_turns(text: str) -> list[Turn]:
    """Return the turns of a transcript; none if it is not one of two turns or more."""
    found = list(_LABEL.finditer(text))
    if len(found) < 2 or found[0].start() != 0:
        return []
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        {"role": match[1].lower(), "content": text[match.end() : end]}
        for match, end in zip(found, ends, strict=True)
    ]


def fits_chat(turns: Sequence[Turn]) -> bool:
    """Tell whether Argilla's chat field takes these turns; an empty or over-long one it refuses."""
    return 1 < len(turns) <= MAX_TURNS and all(
        len(turn["content"].strip()) >= 1 and len(turn["content"]) <= MAX_TURN_CHARACTERS
        for turn in turns
    )
