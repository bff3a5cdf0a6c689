"""The imported rows: encrypted originals, and the places where they were seen."""

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
_encode_text = json.JSONEncoder(ensure_ascii=False).encode

# Sources in force: never retired or erased, or restored since.
ACTIVE_SOURCES = """
    SELECT s.source_id, s.file_name, s.file_sha256 FROM sources s
    WHERE coalesce((SELECT arg_max(e.event, e.sequence) FROM source_events e
                    WHERE e.source_id = s.source_id), 'restored') = 'restored'
"""

# When a source `s` was erased; empty before.
ERASED_AT = """
    coalesce((SELECT max(e.happened_at) FROM source_events e
              WHERE e.source_id = s.source_id AND e.event = 'erased'), '')
"""


@dataclass(frozen=True, slots=True)
class Original:
    """The text of an imported row, as it stood in the file.

    Attributes:
        input: What the model is given.
        output: The answer wanted.
        group: Key of rows that belong together; empty for none.
        rejected: A worse answer; empty for none.
        names: What its columns of names hold.
    """

    input: str
    output: str
    group: str
    rejected: str = ""
    names: tuple[str, ...] = ()

    def texts(self) -> dict[str, str]:
        """Return the texts by field, without a rejected one where there is none."""
        texts = {"input": self.input, "output": self.output}
        return texts | ({"rejected": self.rejected} if self.rejected else {})

    def seal(self, cipher: SourceCipher) -> bytes:
        """Return the encrypted form that the store keeps: a list without what is empty at its end.

        Names follow the rejected answer, each an entry of its own.
        """
        texts = [self.input, self.output, self.group]
        texts += [self.rejected, *self.names] if self.rejected or self.names else []
        # `dumps` of a list builds an encoder each time; a text alone takes a third of the time
        return cipher.encrypt(f"[{','.join(map(_encode_text, texts))}]".encode())


def open_original(payload: bytes, cipher: SourceCipher) -> Original:
    """Decrypt what `Original.seal` made."""
    text, output, group, *others = json.loads(cipher.decrypt(payload))
    rejected, *names = others or [""]
    return Original(text, output, group, rejected, tuple(names))


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place where an example was seen.

    `original` is None once the source is erased, and `erased_at` then says when that was (UTC).
    """

    example_id: str
    source_id: str
    file_name: str
    locator: str
    status: str
    original: Original | None
    erased_at: str = ""


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
        f"FROM examples e JOIN ({ACTIVE_SOURCES}) a USING (source_id) "
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
    """Return the ids that begin with a prefix, at most ten.

    They are those of examples, of published rows, and of rows that were only decided on: a pair
    that people made and the doctor dropped is nowhere else.
    """
    rows = connection.execute(
        "SELECT example_id AS id FROM examples WHERE starts_with(example_id, $prefix) "
        "UNION SELECT row_id FROM version_rows WHERE starts_with(row_id, $prefix) "
        "UNION SELECT row_id FROM decisions WHERE starts_with(row_id, $prefix) "
        "ORDER BY id LIMIT 10",
        {"prefix": prefix},
    ).fetchall()
    return [row[0] for row in rows]


def find_example_at(
    connection: duckdb.DuckDBPyConnection, file_name: str, locator: str
) -> list[str]:
    """Return the ids of the examples seen at a place of a file.

    An example that was made of several rows is found by the place of each; where two files were
    joined, by that in the first one.
    """
    rows = connection.execute(
        "SELECT DISTINCT e.example_id FROM examples e JOIN sources s USING (source_id) "
        "WHERE s.file_name = $file "
        "AND list_contains(string_split(e.locator, '; '), $place) ORDER BY e.example_id",
        {"file": file_name, "place": locator},
    ).fetchall()
    return [row[0] for row in rows]


# The lines on which the rows of files in force begin; only in these formats they may go on. Where
# answers were rated a row each, not every row has an example of its own, so that nothing is known.
_FIRST_LINES = f"""
    SELECT a.source_id, p.example_id,
           CAST(regexp_extract(p.locator, '^line ([0-9]+)', 1) AS BIGINT) AS line
    FROM (SELECT source_id, example_id, locator FROM examples
          UNION ALL SELECT source_id, NULL, locator FROM quarantine) p
    JOIN ({ACTIVE_SOURCES}) a USING (source_id)
    JOIN sources s USING (source_id)
    WHERE a.file_name = $file AND starts_with(p.locator, 'line ')
    AND json_extract_string(s.reading, '$.format') IN ('csv', 'tsv', 'json')
    AND json_extract_string(s.reading, '$.layout') IS DISTINCT FROM 'rated-rows'
"""  # noqa: S608 - constants


def find_example_across(
    connection: duckdb.DuckDBPyConnection, file_name: str, line: int
) -> list[str]:
    """Return the ids of the examples that begin before a line and go on beyond it.

    The store knows where rows begin, not where they end: so a line is of a row only if the next
    one, usable or not, begins after it. Lines after the beginning of the last row are of none.
    """
    rows = connection.execute(
        f"WITH firsts AS ({_FIRST_LINES}), around AS ("  # noqa: S608 - a constant
        "SELECT source_id, max(line) FILTER (line <= $line) AS line FROM firsts "
        "GROUP BY source_id HAVING max(line) > $line) "
        "SELECT DISTINCT example_id FROM firsts JOIN around USING (source_id, line) "
        "WHERE example_id IS NOT NULL ORDER BY example_id",
        {"file": file_name, "line": line},
    ).fetchall()
    return [row[0] for row in rows]


def list_sightings(
    connection: duckdb.DuckDBPyConnection, example_id: str, ciphers: Mapping[str, SourceCipher]
) -> list[Sighting]:
    """Return every place where an example was seen, the first imported first."""
    rows = connection.execute(
        "SELECT e.example_id, e.source_id, s.file_name, e.locator, "  # noqa: S608 - a constant
        f"a.source_id IS NOT NULL, e.payload, {ERASED_AT} "
        "FROM examples e JOIN sources s USING (source_id) "
        f"LEFT JOIN ({ACTIVE_SOURCES}) a ON a.source_id = e.source_id "
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
            row[6],
        )
        for row in rows
    ]


def list_example_ids(connection: duckdb.DuckDBPyConnection, source_id: str) -> set[str]:
    """Return the ids of all examples of a source."""
    rows = connection.execute(
        "SELECT example_id FROM examples WHERE source_id = ?", [source_id]
    ).fetchall()
    return {row[0] for row in rows}


def insert_examples(connection: duckdb.DuckDBPyConnection, examples: pa.Table) -> None:
    """Add rows of `examples_schema` to sources that are there."""
    connection.register("incoming", examples)
    try:
        connection.execute("INSERT INTO examples SELECT * FROM incoming")
    finally:
        connection.unregister("incoming")
