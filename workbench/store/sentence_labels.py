"""What people said of single sentences of the imported rows: chatter, or to be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.store.clock import next_sequence, now

if TYPE_CHECKING:
    import duckdb

SentenceWord = Literal["chatter", "keep", "withdrawn"]
LabelOrigin = Literal["argilla", "ruling", "file"]
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class SentenceLabel:
    """One label.

    Attributes:
        sentence_id: See `sentence_digest`.
        row_id: The example that holds the sentence.
        source_id: The source with whose key it is sealed.
        sealed: The encrypted sentence.
        label: `withdrawn` takes back what was said before.
        author: Who said so; may be empty.
        origin: How it came into the store.
    """

    sentence_id: str
    row_id: str
    source_id: str
    sealed: bytes
    label: SentenceWord
    author: str
    origin: LabelOrigin


def sentence_digest(canonical: str, key: bytes) -> str:
    """Return 32 hex digits that stand for a sentence and tell nobody without the key which it is.

    Args:
        canonical: The sentence in the form in which texts are compared.
        key: Of the home; 64 bytes or less.
    """
    return hashlib.blake2b(canonical.encode(), key=key, digest_size=_DIGEST_BYTES).hexdigest()


def insert_labels(connection: duckdb.DuckDBPyConnection, labels: Sequence[SentenceLabel]) -> None:
    """Record labels, as of now and in their order."""
    first, at = next_sequence(connection, "sentence_labels"), now()
    rows = [
        [first + place, each.sentence_id, each.row_id, each.source_id, each.sealed, each.label,
         each.author, each.origin, at]
        for place, each in enumerate(labels)
    ]  # fmt: skip
    if rows:
        connection.executemany(
            "INSERT INTO sentence_labels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )


def labels_in_force(connection: duckdb.DuckDBPyConnection) -> list[SentenceLabel]:
    """Return the last label of each sentence, in the order of their digests.

    Those that were withdrawn, and those of erased sources, are not among them.
    """
    rows = connection.execute(
        "SELECT sentence_id, row_id, source_id, sealed, label, author, origin FROM "
        "(SELECT * FROM sentence_labels WHERE source_id IN (SELECT source_id FROM source_keys) "
        "QUALIFY row_number() OVER (PARTITION BY sentence_id ORDER BY sequence DESC) = 1) "
        "WHERE label <> 'withdrawn' ORDER BY sentence_id"
    ).fetchall()
    return [SentenceLabel(*row) for row in rows]
