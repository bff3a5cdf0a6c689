"""Chats as an input and an answer.

The last assistant turn is the output. A single user turn before it is the input as it stands; more
turns, a system turn among them, become a transcript with a label on each. Turns after the last
answer have none and are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.importing.refusals import RowRefusedError
from workbench.curation.importing.rows import json_type

TURN_BREAK = "\n\n"
_ROLES = {
    "system": "System",
    "developer": "System",
    "user": "User",
    "human": "User",
    "prompter": "User",
    "assistant": "Assistant",
    "gpt": "Assistant",
    "chatgpt": "Assistant",
    "bot": "Assistant",
    "model": "Assistant",
    "tool": "Tool",
    "function": "Tool",
    "observation": "Tool",
    "function_call": "Assistant",
}
_KEYS = (("role", "content"), ("from", "value"))


@dataclass(frozen=True, slots=True)
class ChatTags:
    """How messages are written, where it is neither OpenAI's nor ShareGPT's way.

    Attributes:
        role: Key of a message's role; the usual ones if empty.
        content: Key of its text; the usual ones if empty.
        roles: Names of roles, each with the role that it stands for.
    """

    role: str = ""
    content: str = ""
    roles: tuple[tuple[str, str], ...] = ()


USUAL_TAGS = ChatTags()


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; `role` is `System`, `User`, `Assistant` or `Tool`."""

    role: str
    text: str


def is_chat(value: object) -> bool:
    """Say whether a value is a list of messages, or such a list as JSON text."""
    found = _list_of(value)
    return (
        bool(found)
        and isinstance(found, list)
        and all(
            isinstance(item, Mapping) and any(keys[0] in item for keys in _KEYS) for item in found
        )
    )


def read_turns(value: object, column: str, tags: ChatTags) -> list[Turn]:
    """Return the messages of a chat.

    Raises:
        RowRefusedError: It is no list of messages of text with known roles.
    """
    messages = _list_of(value)
    if not isinstance(messages, list) or not messages:
        what = "an empty list" if messages == [] else json_type(value)
        raise RowRefusedError("wrong_type", f"Column {column} holds {what}, not messages.")
    return [
        _turn(message, f"Turn {number} of column {column}", tags)
        for number, message in enumerate(messages, start=1)
    ]


def split_chat(turns: Sequence[Turn], column: str) -> tuple[list[Turn], str]:
    """Return the turns before the last answer, and that answer.

    Raises:
        RowRefusedError: There is no answer, or nothing before it.
    """
    answers = [index for index, turn in enumerate(turns) if turn.role == "Assistant"]
    if not answers or not turns[answers[-1]].text.strip():
        raise RowRefusedError("no_answer", f"Column {column} holds no answer of an assistant.")
    return list(turns[: answers[-1]]), turns[answers[-1]].text


def transcript(turns: Sequence[Turn]) -> str:
    """Return turns as one text: a single user turn as it stands, more with a label on each."""
    filled = [turn for turn in turns if turn.text.strip()]
    if len(filled) == 1 and filled[0].role == "User":
        return filled[0].text
    return TURN_BREAK.join(f"{turn.role}: {turn.text}" for turn in filled)


def _list_of(value: object) -> object:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _turn(message: object, place: str, tags: ChatTags) -> Turn:
    if not isinstance(message, Mapping):
        raise RowRefusedError("wrong_type", f"{place} is {json_type(message)}, not a message.")
    role_key, content_key = _keys_of(message, tags)
    name = message.get(role_key)
    known = _ROLES | {given: _ROLES[role] for given, role in tags.roles}
    if not isinstance(name, str) or name.lower() not in {key.lower() for key in known}:
        raise RowRefusedError("unknown_role", f"{place} has no role that is known.")
    role = known.get(name) or known[name.lower()]
    return Turn(role, _content(message.get(content_key), place))


def _keys_of(message: Mapping[object, object], tags: ChatTags) -> tuple[str, str]:
    if tags.role and tags.content:
        return tags.role, tags.content
    return next((keys for keys in _KEYS if keys[0] in message), _KEYS[0])


def _content(value: object, place: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):  # OpenAI's list of parts
        return TURN_BREAK.join(_part(part, place) for part in value)
    raise RowRefusedError(
        "wrong_type", f"{place} holds {json_type(value)}, not text; calls of tools are not read."
    )


def _part(part: object, place: str) -> str:
    text = part.get("text") if isinstance(part, Mapping) else None
    if isinstance(text, str):
        return text
    raise RowRefusedError("wrong_type", f"{place} holds a part that is no text.")
