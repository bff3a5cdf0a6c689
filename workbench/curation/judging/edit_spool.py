"""Where the edits of rows wait, sealed, until the version that they led to is published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from workbench.curation.judging.row_pass import JudgedRow
from workbench.curation.wording.text_edits import encoded_edits
from workbench.store import SealedEdits, SourceCipher, edits_digest, edits_schema

if TYPE_CHECKING:
    import pyarrow as pa


class EditSpool:
    """Writes the edits of the rows that pass to a Parquet file, a batch at a time.

    Args:
        path: The file; in a private staging folder.
        ciphers: The cipher of each source.
        key: What tells equal edits, without telling which they are.
    """

    def __init__(self, path: Path, ciphers: Mapping[str, SourceCipher], key: bytes) -> None:
        import pyarrow.parquet as pq

        path.touch(mode=0o600)
        # what is encrypted cannot be compressed
        self._writer = pq.ParquetWriter(path, edits_schema(), compression="none")
        self._ciphers = ciphers
        self._key = key

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def watch(self, batches: Iterable[Sequence[JudgedRow]]) -> Iterator[Sequence[JudgedRow]]:
        """Yield the batches as they are, and keep the edits of their rows."""
        for batch in batches:
            self._add([judged for judged in batch if judged.edits])
            yield batch

    def _add(self, edited: Sequence[JudgedRow]) -> None:
        import pyarrow as pa

        if not edited:
            return
        columns = zip(*map(self._sealed, edited), strict=True)
        schema = edits_schema()
        arrays = [pa.array(c, kind.type) for c, kind in zip(columns, schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))

    def _sealed(self, judged: JudgedRow) -> tuple[str, str, str, bytes]:
        """Return a row of `edits_schema`."""
        row_id, source_id = judged.row.example_id, judged.row.source_id
        content = encoded_edits(judged.edits)
        edits_id = edits_digest(row_id, source_id, content, self._key)
        return row_id, edits_id, source_id, self._ciphers[source_id].encrypt(content)


def spooled_edits(path: Path, row_ids: Collection[str]) -> dict[str, SealedEdits]:
    """Return the edits of some rows, by row; a row without any is not there."""
    import pyarrow.parquet as pq

    # rows stand in the order of ids, so most of the file is not even read
    table = pq.read_table(path, filters=[("row_id", "in", list(row_ids))]) if row_ids else None
    return {row["row_id"]: SealedEdits(**row) for row in table.to_pylist()} if table else {}


def edit_batches(path: Path) -> pa.RecordBatchReader:
    """Return every row of the file, a batch at a time, for the store."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.RecordBatchReader.from_batches(edits_schema(), pq.ParquetFile(path).iter_batches())
