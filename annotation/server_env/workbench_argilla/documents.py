"""What goes into the index and what comes out, as plain values. Times are microseconds, UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .conditions import Between, OrderBy, Terms


@dataclass(frozen=True)
class Answer:
    """A response: who gave it, its status, and the value of each question."""

    id: str
    user: str
    status: str
    updated_at: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """A suggestion for one question."""

    question: str
    value: Any
    score: Any = None
    agent: Any = None
    type: Any = None
    updated_at: int = 0


@dataclass(frozen=True)
class Vector:
    """A record's vector for one vector setting: float32, little endian."""

    value: bytes
    updated_at: int


@dataclass(frozen=True)
class Document:
    """A record.

    Attributes:
        texts: The passages of each field: one, or one for each turn of a chat.
        roles: Who speaks in each turn, for chats.
        vectors: By the id of their setting.
    """

    id: str
    external_id: str | None
    status: str
    inserted_at: int
    updated_at: int
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    answers: Sequence[Answer] = ()
    proposals: Sequence[Proposal] = ()
    vectors: Mapping[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True)
class Query:
    """One search.

    Attributes:
        text: What the user typed; None asks for all records, an empty text for none.
        field: Search this field only; all if empty.
        shuffled_for: A user, who gets an order of their own where none is asked for.
    """

    text: str | None = None
    field: str = ""
    conditions: Sequence[Terms | Between] = ()
    order: Sequence[OrderBy] = ()
    shuffled_for: str = ""
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Neighbours:
    """The records whose vector points most nearly where `value` points.

    Attributes:
        setting: Id of the vector setting.
        value: The direction; of any length but zero.
        without: Id of a record to leave out.
        least_score: Leave out records below it.
    """

    setting: str
    value: Sequence[float]
    without: str = ""
    limit: int = 100
    least_score: float | None = None


@dataclass(frozen=True)
class Found:
    """Ids with their scores, and how many there are in all."""

    items: Sequence[tuple[str, float | None]]
    total: int
