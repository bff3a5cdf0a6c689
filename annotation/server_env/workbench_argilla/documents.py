"""What goes into the index and what comes out, as plain values."""

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
    updated_at: float
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """A suggestion for one question."""

    question: str
    value: Any
    score: Any = None
    agent: Any = None
    type: Any = None


@dataclass(frozen=True)
class Document:
    """A record, its texts by field."""

    id: str
    external_id: str | None
    status: str
    inserted_at: float
    updated_at: float
    texts: Mapping[str, str]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    answers: Sequence[Answer] = ()
    proposals: Sequence[Proposal] = ()


@dataclass(frozen=True)
class Query:
    """One search; `shuffled_for` gives each user an order of their own where none is asked for."""

    text: str = ""
    field: str = ""
    conditions: Sequence[Terms | Between] = ()
    order: Sequence[OrderBy] = ()
    shuffled_for: str = ""
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Found:
    """Ids with their scores, and how many there are in all."""

    items: Sequence[tuple[str, float | None]]
    total: int
