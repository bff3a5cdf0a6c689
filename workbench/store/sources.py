"""Imported files, and what was made of them since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench.errors import StoreError
from workbench.files import digest_json
from workbench.store.clock import next_sequence, now
from workbench.store.originals import ERASED_AT

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SourceStatus = Literal["active", "retired", "erased"]

# The last event of a source says how it stands; no event at all means that it is in force.
_STATUS = """
    coalesce(
        (SELECT arg_max(e.event, e.sequence) FROM source_events e
         WHERE e.source_id = s.source_id), 'active')
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One imported file, read in one way.

    Attributes:
        source_id: Digest of the file's bytes and of how it was read.
        file_name: Name without its folder.
        file_sha256: Digest of the bytes.
        reading: Format, encoding and column mapping.
        imported_at: UTC, ISO 8601.
        n_rows: Data rows seen, good and bad.
        status: `retired` after a later import took its place, `erased` once its key is destroyed.
        erased_at: When that was, UTC, ISO 8601; empty before.
    """

    source_id: str
    file_name: str
    file_sha256: str
    reading: Mapping[str, Any]
    imported_at: str
    n_rows: int
    status: SourceStatus = "active"
    erased_at: str = ""


@dataclass(frozen=True, slots=True)
class AddedSource:
    """What adding a source changed.

    Attributes:
        is_new: False if the same file, read the same way, was imported before.
        n_examples: Places at which the source holds an example.
        n_new_examples: Those whose content no earlier source had.
        n_quarantined: Rows set aside.
        retired: Sources that this one took the place of.
    """

    is_new: bool
    n_examples: int
    n_new_examples: int
    n_quarantined: int
    retired: tuple[Source, ...]


def list_sources(connection: duckdb.DuckDBPyConnection) -> list[Source]:
    """Return every source in the order of import."""
    rows = connection.execute(
        f"SELECT s.*, {_STATUS}, {ERASED_AT} FROM sources s "  # noqa: S608 - constants
        "ORDER BY s.imported_at, s.source_id"
    ).fetchall()
    return [
        Source(
            row[0],
            row[1],
            row[2],
            json.loads(row[3]),
            row[4],
            row[5],
            # `restored` is the event that puts a retired source back in force.
            "active" if row[6] == "restored" else row[6],
            row[7],
        )
        for row in rows
    ]


def find_source(connection: duckdb.DuckDBPyConnection, source_id: str) -> Source | None:
    """Return a source by its full id, or None."""
    return next((s for s in list_sources(connection) if s.source_id == source_id), None)


def id_to_import(connection: duckdb.DuckDBPyConnection, source_id: str) -> str:
    """Return the id under which a file is imported: `source_id`, or the next one if that is erased.

    What was erased never comes back; the same file, imported on purpose, is another source.
    """
    statuses = {source.source_id: source.status for source in list_sources(connection)}
    while statuses.get(source_id) == "erased":
        source_id = digest_json(["imported after it was erased", source_id])[: len(source_id)]
    return source_id


def insert_source(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    wrapped_key: bytes,
    examples: pa.RecordBatchReader,
    quarantine: pa.RecordBatchReader,
) -> int:
    """Add a new source with its rows; return how many have content that no earlier source had."""
    connection.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?)",
        [
            source.source_id,
            source.file_name,
            source.file_sha256,
            json.dumps(dict(source.reading), sort_keys=True, ensure_ascii=False),
            source.imported_at,
            source.n_rows,
        ],
    )
    connection.execute("INSERT INTO source_keys VALUES (?, ?)", [source.source_id, wrapped_key])
    _insert_batches(connection, "INSERT INTO examples SELECT * FROM incoming", examples)
    _insert_batches(connection, "INSERT INTO quarantine SELECT * FROM incoming", quarantine)
    row = connection.execute(
        "SELECT count(*) FROM examples e WHERE e.source_id = $id AND NOT EXISTS "
        "(SELECT 1 FROM examples o WHERE o.example_id = e.example_id AND o.source_id <> $id)",
        {"id": source.source_id},
    ).fetchone()
    return int(row[0]) if row else 0


def retire_predecessors(
    connection: duckdb.DuckDBPyConnection, source: Source, *, same_name: bool
) -> tuple[Source, ...]:
    """Take out of force what `source` replaces.

    The same bytes read in another way are always replaced: nobody means one file twice. With
    `same_name`, so are earlier files of that name.
    """
    replaced = [
        other
        for other in list_sources(connection)
        if other.status == "active"
        and other.source_id != source.source_id
        and (
            other.file_sha256 == source.file_sha256
            or (same_name and other.file_name == source.file_name)
        )
    ]
    for other in replaced:
        add_event(connection, other.source_id, "retired", f"replaced by {source.source_id}")
    return tuple(replaced)


def count_rows(connection: duckdb.DuckDBPyConnection, source_id: str) -> tuple[int, int]:
    """Return how many examples and how many quarantined rows a source has."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM examples WHERE source_id = $id), "
        "(SELECT count(*) FROM quarantine WHERE source_id = $id) - "
        "(SELECT count(DISTINCT entry_id) FROM quarantine_fixes "
        "WHERE source_id = $id AND outcome = 'mended')",
        {"id": source_id},
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def add_event(
    connection: duckdb.DuckDBPyConnection, source_id: str, event: str, detail: str
) -> None:
    """Record what happened to a source: `retired`, `restored` or `erased`."""
    connection.execute(
        "INSERT INTO source_events VALUES (?, ?, ?, ?, ?)",
        [source_id, event, now(), detail, next_sequence(connection, "source_events")],
    )


def erase_source(connection: duckdb.DuckDBPyConnection, source_id: str) -> None:
    """Destroy a source's key: its originals can never be read again. Once erased, nothing is done.

    The file still holds the key's bytes until it is written anew: `connection.rewrite_file`.

    Raises:
        StoreError: There is no such source.
    """
    source = find_source(connection, source_id)
    if source is None:
        raise StoreError(f"There is no source {source_id!r}.", "See `workbench data list`.")
    if source.status == "erased":
        return
    connection.execute("DELETE FROM source_keys WHERE source_id = ?", [source_id])
    add_event(connection, source_id, "erased", "key destroyed")


def _insert_batches(
    connection: duckdb.DuckDBPyConnection, statement: str, batches: pa.RecordBatchReader
) -> None:
    connection.register("incoming", batches)
    try:
        connection.execute(statement)
    finally:
        connection.unregister("incoming")
