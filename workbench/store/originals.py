"""The imported rows: encrypted originals, the places where they were seen, and the quarantine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.store.encryption import KeyRing, SourceCipher

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_BATCH_ROWS = 4096

# Sources in force: never retired or erased, or restored since.
_ACTIVE = """
    SELECT s.source_id, s.file_name, s.file_sha256 FROM sources s
    WHERE coalesce((SELECT arg_max(e.event, e.sequence) FROM source_events e
                    WHERE e.source_id = s.source_id), 'restored') = 'restored'
"""


@dataclass(frozen=True, slots=True)
class Original:
    """The text of an imported row, as it stood in the file."""

    input: str
    output: str
    group: str

    def seal(self, cipher: SourceCipher) -> bytes:
        """Return the encrypted form that the store keeps."""
        return cipher.encrypt(
            json.dumps([self.input, self.output, self.group], ensure_ascii=False).encode()
        )


def open_original(payload: bytes, cipher: SourceCipher) -> Original:
    """Decrypt what `Original.seal` made."""
    return Original(*json.loads(cipher.decrypt(payload)))


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place where an example was seen; `original` is None once the source is erased."""

    example_id: str
    source_id: str
    file_name: str
    locator: str
    status: str
    original: Original | None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not be imported; `raw` is None once the source is erased."""

    file_name: str
    line: int
    reason: str
    detail: str
    raw: bytes | None


def examples_schema() -> pa.Schema:
    """Return the columns of staged examples, in the order of the table."""
    import pyarrow as pa

    return pa.schema(
        [
            ("example_id", pa.string()),
            ("source_id", pa.string()),
            ("row_number", pa.int64()),
            ("locator", pa.string()),
            ("payload", pa.binary()),
        ]
    )


def quarantine_schema() -> pa.Schema:
    """Return the columns of staged quarantine rows, in the order of the table."""
    import pyarrow as pa

    return pa.schema(
        [
            ("source_id", pa.string()),
            ("line", pa.int64()),
            ("reason", pa.string()),
            ("detail", pa.string()),
            ("raw", pa.binary()),
        ]
    )


def export_active(connection: duckdb.DuckDBPyConnection, target: Path) -> int:
    """Write every row in force to a Parquet file, still encrypted, in the order of their ids.

    An example that was seen in several places comes once for each, in an order that does not
    depend on the order of import. So that nothing else waits, this is all that curation does
    while the store is open.

    Returns: The number of rows written.
    """
    import pyarrow.parquet as pq

    connection.execute(
        "SELECT e.example_id, e.source_id, a.file_name, e.locator, e.payload "  # noqa: S608 - a constant
        f"FROM examples e JOIN ({_ACTIVE}) a USING (source_id) "
        "ORDER BY e.example_id, a.file_sha256, a.source_id, e.row_number"
    )
    reader = connection.to_arrow_reader(_BATCH_ROWS)
    n_rows = 0
    with pq.ParquetWriter(target, reader.schema, compression="none") as writer:
        for batch in reader:
            writer.write_batch(batch)
            n_rows += batch.num_rows
    target.chmod(0o600)
    return n_rows


def open_ciphers(
    connection: duckdb.DuckDBPyConnection, keys: KeyRing
) -> Mapping[str, SourceCipher]:
    """Return the cipher of every source that still has a key."""
    rows = connection.execute("SELECT source_id, wrapped_key FROM source_keys").fetchall()
    return {source_id: keys.open_key(source_id, wrapped) for source_id, wrapped in rows}


def find_row_ids(connection: duckdb.DuckDBPyConnection, prefix: str) -> list[str]:
    """Return the ids of examples and published rows that begin with a prefix, at most ten."""
    rows = connection.execute(
        "SELECT example_id AS id FROM examples WHERE starts_with(example_id, $prefix) "
        "UNION SELECT row_id FROM version_rows WHERE starts_with(row_id, $prefix) "
        "ORDER BY id LIMIT 10",
        {"prefix": prefix},
    ).fetchall()
    return [row[0] for row in rows]


def find_example_at(
    connection: duckdb.DuckDBPyConnection, file_name: str, locator: str
) -> list[str]:
    """Return the ids of the examples seen at a place of a file."""
    rows = connection.execute(
        "SELECT DISTINCT e.example_id FROM examples e JOIN sources s USING (source_id) "
        "WHERE s.file_name = ? AND e.locator = ? ORDER BY e.example_id",
        [file_name, locator],
    ).fetchall()
    return [row[0] for row in rows]


def list_sightings(
    connection: duckdb.DuckDBPyConnection, example_id: str, ciphers: Mapping[str, SourceCipher]
) -> list[Sighting]:
    """Return every place where an example was seen, the first imported first."""
    rows = connection.execute(
        "SELECT e.example_id, e.source_id, s.file_name, e.locator, "  # noqa: S608 - a constant
        f"a.source_id IS NOT NULL, e.payload FROM examples e JOIN sources s USING (source_id) "
        f"LEFT JOIN ({_ACTIVE}) a ON a.source_id = e.source_id "
        "WHERE e.example_id = ? ORDER BY s.imported_at, e.source_id, e.row_number",
        [example_id],
    ).fetchall()
    return [
        Sighting(
            row[0],
            row[1],
            row[2],
            row[3],
            ("in force" if row[4] else "replaced") if row[1] in ciphers else "erased",
            open_original(row[5], ciphers[row[1]]) if row[1] in ciphers else None,
        )
        for row in rows
    ]


def list_quarantine(
    connection: duckdb.DuckDBPyConnection, ciphers: Mapping[str, SourceCipher], *, limit: int
) -> list[QuarantinedRow]:
    """Return quarantined rows of the sources in force, by file and line."""
    rows = connection.execute(
        "SELECT q.source_id, a.file_name, q.line, q.reason, q.detail, q.raw FROM quarantine q "  # noqa: S608 - a constant
        f"JOIN ({_ACTIVE}) a USING (source_id) ORDER BY a.file_name, q.line LIMIT ?",
        [limit],
    ).fetchall()
    return [
        QuarantinedRow(
            row[1],
            row[2],
            row[3],
            row[4],
            ciphers[row[0]].decrypt(row[5]) if row[0] in ciphers else None,
        )
        for row in rows
    ]


def count_quarantine(
    connection: duckdb.DuckDBPyConnection, source_id: str | None
) -> dict[str, int]:
    """Return how many rows of a source, or of all in force, are quarantined, per reason."""
    rows = connection.execute(
        f"SELECT q.reason, count(*) FROM quarantine q JOIN ({_ACTIVE}) a USING (source_id) "  # noqa: S608 - a constant
        "WHERE $id IS NULL OR q.source_id = $id "
        "GROUP BY q.reason ORDER BY count(*) DESC, q.reason",
        {"id": source_id},
    ).fetchall()
    return {row[0]: int(row[1]) for row in rows}
