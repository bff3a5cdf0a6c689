"""What passes between the process that parses and ours: Arrow record batches, and one outcome."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.curation.importing.examine import Examined
from workbench.curation.importing.rows import BadRow, UsableRow

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOME = "outcome"
_BATCH_ROWS = 2000
_BATCH_CHARACTERS = 4 << 20
# Slow files, such as scanned books, still show that they move on.
_BATCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A row with the 1-based number of the data row that it came from."""

    number: int
    row: UsableRow | BadRow


def wire_schema() -> pa.Schema:
    """Return the columns that pass; a usable row has no reason, a bad one no texts."""
    import pyarrow as pa

    text = pa.large_string()
    return pa.schema(
        [
            ("number", pa.int64()),
            ("line", pa.int64()),
            ("place", text),
            ("input", text),
            ("output", text),
            ("rejected", text),
            ("group", text),
            ("names", pa.list_(text)),
            ("reason", text),
            ("detail", text),
            ("raw", pa.large_binary()),
        ]
    )


def write_rows(writer: pa.RecordBatchStreamWriter, examined: Iterable[Examined]) -> tuple[int, int]:
    """Write rows as batches; return the number of data rows and of ties."""
    waiting: list[NumberedRow] = []
    n_rows = n_ties = n_characters = 0
    written = time.monotonic()
    for item in examined:
        n_rows += 1
        n_ties += item.n_ties
        for row in item.rows:
            waiting.append(NumberedRow(n_rows, row))
            n_characters += _size(row)
        if (
            len(waiting) >= _BATCH_ROWS
            or n_characters > _BATCH_CHARACTERS
            or time.monotonic() - written > _BATCH_SECONDS
        ):
            writer.write_batch(_to_batch(waiting))
            waiting, n_characters, written = [], 0, time.monotonic()
    writer.write_batch(_to_batch(waiting))
    return n_rows, n_ties


def write_outcome(writer: pa.RecordBatchStreamWriter, outcome: dict[str, Any]) -> None:
    """End the answer to one request."""
    writer.write_batch(_to_batch([]), custom_metadata={OUTCOME: json.dumps(outcome)})


def read_rows(batch: pa.RecordBatch) -> Iterator[NumberedRow]:
    """Yield the rows of a batch."""
    columns = (column.to_pylist() for column in batch.columns)
    for number, line, place, text, output, rejected, group, names, reason, detail, raw in zip(
        *columns, strict=True
    ):
        if reason is None:
            row = UsableRow(line, text, output, group, rejected, place, tuple(names or ()))
            yield NumberedRow(number, row)
        else:
            yield NumberedRow(number, BadRow(line, reason, detail, raw, place))


def _size(row: UsableRow | BadRow) -> int:
    if isinstance(row, BadRow):
        return len(row.raw)
    return len(row.input) + len(row.output) + len(row.rejected)


def _to_batch(rows: list[NumberedRow]) -> pa.RecordBatch:
    import pyarrow as pa

    schema = wire_schema()
    cells = [_cells(item) for item in rows]
    columns = zip(*cells, strict=True) if cells else [()] * len(schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cells(item: NumberedRow) -> tuple[object, ...]:
    row = item.row
    place = _printable(row.locator)
    if isinstance(row, UsableRow):
        names = list(row.names) or None
        texts = (row.input, row.output, row.rejected, row.group, names)
        return (item.number, row.line, place, *texts, None, None, None)
    bad = (row.reason, _printable(row.detail), row.raw)
    return (item.number, row.line, place, None, None, None, None, None, *bad)


def _printable(text: str) -> str:
    """Return text without lone surrogates, which names of columns may hold."""
    return text.encode(errors="backslashreplace").decode()
