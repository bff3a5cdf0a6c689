"""The texts of single rows as people wrote them; the last correction of a row counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.store.clock import next_sequence, now
from workbench.store.encryption import SourceCipher
from workbench.store.originals import Original, open_original

if TYPE_CHECKING:
    import duckdb

_DIGEST_BYTES = 16
_COLUMNS = "row_id, source_id, payload, replaced, written, author, reason, corrected_at"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person wrote in the place of a row's texts.

    Attributes:
        row_id: The example.
        source_id: The source with whose key it is encrypted, so that it goes with that source.
        payload: The encrypted texts.
        replaced: Digest of the texts that the person had before him.
        written: Digest of its own texts.
        author: Who wrote it.
        reason: A sentence; may be empty.
        corrected_at: UTC, ISO 8601.
    """

    row_id: str
    source_id: str
    payload: bytes
    replaced: str
    written: str
    author: str
    reason: str
    corrected_at: str = ""

    def texts(self, ciphers: Mapping[str, SourceCipher]) -> dict[str, str] | None:
        """Return the corrected texts by field; None once the source is erased."""
        cipher = ciphers.get(self.source_id)
        return None if cipher is None else open_original(self.payload, cipher).texts()


def texts_digest(texts: Mapping[str, str]) -> str:
    """Return 32 hex digits that tell a row's texts from any other ones."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name in sorted(texts):
        content = texts[name].encode()
        digest.update(b"%s %d " % (name.encode(), len(content)))
        digest.update(content)
    return digest.hexdigest()


def seal_texts(texts: Mapping[str, str], cipher: SourceCipher) -> bytes:
    """Return the payload of a correction."""
    original = Original(texts["input"], texts["output"], "", texts.get("rejected", ""))
    return original.seal(cipher)


def insert_correction(connection: duckdb.DuckDBPyConnection, correction: Correction) -> None:
    """Record a correction, as of now."""
    connection.execute(
        "INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            next_sequence(connection, "corrections"),
            correction.row_id,
            correction.source_id,
            correction.payload,
            correction.replaced,
            correction.written,
            correction.author,
            correction.reason,
            now(),
        ],
    )


def list_corrections(connection: duckdb.DuckDBPyConnection, row_id: str) -> list[Correction]:
    """Return every correction of a row, the first first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM corrections WHERE row_id = ? ORDER BY sequence",  # noqa: S608 - a constant
        [row_id],
    ).fetchall()
    return [Correction(*row) for row in rows]


def last_corrections(connection: duckdb.DuckDBPyConnection) -> list[Correction]:
    """Return the last correction of each row, in the order of their ids.

    A row whose last correction went with its source has none.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM (SELECT * FROM corrections "  # noqa: S608 - a constant
        "QUALIFY row_number() OVER (PARTITION BY row_id ORDER BY sequence DESC) = 1) "
        "WHERE source_id IN (SELECT source_id FROM source_keys) ORDER BY row_id"
    ).fetchall()
    return [Correction(*row) for row in rows]
