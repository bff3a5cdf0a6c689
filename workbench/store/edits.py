"""What the rules changed in each row of a version, sealed with the key of the row's source."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.store.encryption import SourceCipher

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class SealedEdits:
    """The edits of one row.

    Attributes:
        row_id: The example.
        edits_id: See `edits_digest`.
        source_id: The source with whose key they are sealed.
        sealed: Encrypted.
    """

    row_id: str
    edits_id: str
    source_id: str
    sealed: bytes

    def open(self, ciphers: Mapping[str, SourceCipher]) -> bytes | None:
        """Return what was sealed; None once the source is erased."""
        cipher = ciphers.get(self.source_id)
        return None if cipher is None else cipher.decrypt(self.sealed)


def edits_digest(row_id: str, source_id: str, content: bytes, key: bytes) -> str:
    """Return 32 hex digits that stand for a row's edits and tell nobody without the key which.

    Args:
        row_id: The example.
        source_id: The source with whose key they are sealed.
        content: What is sealed.
        key: Of the home; 64 bytes or less.
    """
    given = f"{row_id} {source_id} ".encode() + content
    return hashlib.blake2b(given, key=key, digest_size=_DIGEST_BYTES).hexdigest()


def edits_schema() -> pa.Schema:
    """Return the columns of edits on their way into the store."""
    import pyarrow as pa

    return pa.schema(
        [
            ("row_id", pa.string()),
            ("edits_id", pa.string()),
            ("source_id", pa.string()),
            ("sealed", pa.binary()),
        ]
    )


def insert_edits(
    connection: duckdb.DuckDBPyConnection, version: str, edits: pa.RecordBatchReader
) -> None:
    """Add the edits that led to a version; rows of `edits_schema`. Known ones are kept once."""
    connection.register("incoming", edits.read_all())
    try:
        connection.execute(
            "INSERT INTO edits SELECT edits_id, source_id, sealed FROM incoming "
            "WHERE edits_id NOT IN (SELECT edits_id FROM edits)"
        )
        connection.execute(
            "INSERT INTO version_edits SELECT ?, row_id, edits_id FROM incoming", [version]
        )
    finally:
        connection.unregister("incoming")


def find_edits(
    connection: duckdb.DuckDBPyConnection, version: str, row_ids: Collection[str]
) -> dict[str, SealedEdits]:
    """Return the edits of rows on the way to a version, by row; a row without any is not there."""
    rows = connection.execute(
        "SELECT row_id, edits_id, source_id, sealed FROM version_edits JOIN edits USING (edits_id) "
        "WHERE version = $version AND row_id IN (SELECT unnest($ids::VARCHAR[]))",
        {"version": version, "ids": list(row_ids)},
    ).fetchall()
    return {row[0]: SealedEdits(*row) for row in rows}
