"""Where the texts of the rows that passed the row stages wait, in a private staging folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from workbench.curation.judging.row_pass import BATCH_ROWS, JudgedRow

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = ("input", "output", "rejected")


class SpooledRow(NamedTuple):
    """One row as the row stages left it; `rejected` is None where it is no preference."""

    example_id: str
    source: str
    locator: str
    input: str
    output: str
    rejected: str | None


class SpoolWriter:
    """Writes texts to a Parquet file, a few thousand rows at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema: pa.Schema = pa.schema([(name, pa.string()) for name in SpooledRow._fields])
        path.touch(mode=0o600)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def add(self, rows: Sequence[JudgedRow]) -> None:
        """Write the next rows, in the order of their ids."""
        import pyarrow as pa

        if not rows:
            return
        columns = [
            [row.row.example_id for row in rows],
            [row.row.source for row in rows],
            [row.row.locator for row in rows],
            *([row.texts.get(name) for row in rows] for name in TEXTS),
        ]
        arrays = [pa.array(column, pa.string()) for column in columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))


def read_spool(path: Path) -> Iterator[SpooledRow]:
    """Yield every row in the order of ids."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            columns = (batch[name].to_pylist() for name in SpooledRow._fields)
            yield from map(SpooledRow, *columns)
