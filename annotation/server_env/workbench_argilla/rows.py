"""Documents as rows of the index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from .documents import Answer, Document, Proposal
from .layout import Layout
from .words import spelled

# Orders are drawn from numbers below this prime, see `shuffle_of`.
LOTS = 2**31 - 1
_LARGEST = 2**63

Column = str | int | float | bytes | None


def document_row(document: Document, layout: Layout) -> Sequence[Column]:
    """Return a document's columns after its row number."""
    own = (
        document.id,
        document.external_id,
        document.status,
        document.inserted_at,
        document.updated_at,
        _lot(document.id),
    )
    held: dict[tuple[str, str, str], Any] = {
        ("metadata", name, ""): value for name, value in document.metadata.items()
    }
    for proposal in document.proposals:
        held.update(proposal_values(proposal))
    return (*own, *(column_value(held.get(key)) for key in layout.properties))


def proposal_values(proposal: Proposal) -> Mapping[tuple[str, str, str], Any]:
    """Return what a proposal puts into the columns of its document."""
    parts = {
        "value": proposal.value,
        "score": proposal.score,
        "agent": proposal.agent,
        "type": proposal.type,
        "updated_at": proposal.updated_at,
    }
    return {("suggestion", proposal.question, part): value for part, value in parts.items()}


def text_row(document: Document, layout: Layout) -> Sequence[str]:
    """Return a document's full-text columns."""
    found = []
    for name, is_role in layout.texts:
        held = document.roles if is_role else document.texts
        found.append(spelled(held.get(name, ())))
    return found or [""]


def answer_row(answer: Answer, document: int, layout: Layout) -> Sequence[Column]:
    """Return a response's columns."""
    values = (column_value(answer.values.get(name)) for name in layout.questions)
    return (answer.id, document, answer.user, answer.status, answer.updated_at, *values)


def column_value(value: object) -> Column:
    """Return a value as a column holds it: one as it is, several as a JSON list in a blob."""
    several = value if isinstance(value, list) else [value]
    plain = [found for item in several if (found := _plain(item)) is not None]
    if len(plain) > 1:
        return json.dumps(plain).encode()
    return plain[0] if plain else None


def shuffle_of(user: str) -> tuple[int, int]:
    """Return a and b of a user's order, by (a lot + b) mod `LOTS`: different for each user."""
    digest = blake2b(user.encode(), digest_size=16).digest()
    first, second = int.from_bytes(digest[:8]), int.from_bytes(digest[8:])
    return 1 + first % (LOTS - 1), second % LOTS


def _lot(document: str) -> int:
    return int.from_bytes(blake2b(document.encode(), digest_size=8).digest()) % LOTS


def _plain(value: object) -> str | int | float | None:
    if isinstance(value, bool):
        return str(value).lower()  # as Elasticsearch and JSON write it
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else float(value)
    return value if isinstance(value, str | float) else None
