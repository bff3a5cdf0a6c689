"""Open Parquet files, Arrow files and streams, and folders that `datasets` saved."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from workbench.curation.importing.formats import FileFormat, open_regular
from workbench.curation.importing.rows import BadRow, CellRow
from workbench.curation.importing.tables import Table, check_width
from workbench.errors import ImportFileError

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 1000
_STATE_FILE = "state.json"
_MAX_STATE_BYTES = 16 << 20


@contextmanager
def open_arrow_table(paths: Sequence[Path], chosen: FileFormat) -> Iterator[Table]:
    """Open the files of one table, all of the first one's columns.

    Raises:
        ImportFileError: One is not whole, not of that format, or has other columns.
    """
    first = _schema_names(paths[0], chosen)
    check_width(paths[0], len(first))
    batches = itertools.chain.from_iterable(_batches(path, chosen, first) for path in paths)
    yield Table.peeked(chosen, "utf-8", first, _rows(batches))


def is_dataset_folder(folder: Path) -> bool:
    """Say whether `Dataset.save_to_disk` wrote this folder."""
    return (folder / _STATE_FILE).is_file() and (folder / "dataset_info.json").is_file()


def dataset_files(folder: Path) -> tuple[Path, ...]:
    """Return the Arrow files of a folder that `Dataset.save_to_disk` wrote, in their order.

    Raises:
        ImportFileError: Its state file is broken, or names files outside the folder.
    """
    path = folder / _STATE_FILE
    with open_regular(path) as stream:
        content = stream.read(_MAX_STATE_BYTES)
    try:
        state = json.loads(content)
        names = [str(entry["filename"]) for entry in state["_data_files"]]
    except (ValueError, RecursionError, KeyError, TypeError) as exc:
        raise ImportFileError(
            f"{path} does not name the files of a saved dataset.", "Save the dataset again."
        ) from exc
    if state.get("_indices_data_files"):
        raise ImportFileError(
            f"{folder} holds a dataset with an index of its rows, which is not read.",
            "Save `dataset.flatten_indices()` instead.",
        )
    if not names or any(Path(name).name != name for name in names):
        raise ImportFileError(f"{path} names no file of its folder.", "Save the dataset again.")
    return tuple(folder / name for name in names)


def _schema_names(path: Path, chosen: FileFormat) -> tuple[str, ...]:
    with open_regular(path) as stream, _conversion_errors(path, chosen):
        if chosen == "parquet":
            import pyarrow.parquet as pq

            return tuple(pq.ParquetFile(stream).schema_arrow.names)
        return tuple(_open_ipc(stream).schema.names)


def _batches(path: Path, chosen: FileFormat, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    if _schema_names(path, chosen) != columns:
        raise ImportFileError(
            f"{path} has other columns than the first file of its dataset.", "Save it again."
        )
    with open_regular(path) as stream, _conversion_errors(path, chosen):
        if chosen == "parquet":
            import pyarrow.parquet as pq

            yield from pq.ParquetFile(stream).iter_batches(_BATCH_ROWS, use_threads=False)
        else:
            reader = _open_ipc(stream)
            if hasattr(reader, "num_record_batches"):
                yield from map(reader.get_batch, range(reader.num_record_batches))
            else:
                yield from reader


def _open_ipc(stream: BinaryIO) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    import pyarrow as pa

    is_file = stream.read(6) == b"ARROW1"
    stream.seek(0)
    return pa.ipc.open_file(stream) if is_file else pa.ipc.open_stream(stream)


@contextmanager
def _conversion_errors(path: Path, chosen: FileFormat) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as exc:
        name = "Parquet" if chosen == "parquet" else "Arrow"
        raise ImportFileError(
            f"{path} is not a whole {name} file, or it uses something that is not read.",
            "Export or download it again.",
        ) from exc


class _BatchColumns(dict[str, list[object]]):
    """The columns of a batch as Python values, each made when it is first asked for."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        super().__init__()
        self.batch = batch

    def __missing__(self, name: str) -> list[object]:
        column = self.batch.column(name)
        try:
            values: list[object] = column.to_pylist()
        except UnicodeDecodeError:
            values = [_forgiving(cell) for cell in column]
        self[name] = values
        return values


def _forgiving(cell: pa.Scalar) -> object:
    """Return a cell's value; bytes that are no UTF-8 become lone surrogates, as in text files."""
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        buffer = getattr(cell, "as_buffer", None)
        return buffer().to_pybytes().decode(errors="surrogateescape") if buffer else None


class _BatchRow(Mapping[str, object]):
    """One row of a batch."""

    __slots__ = ("_columns", "_index")

    def __init__(self, columns: _BatchColumns, index: int) -> None:
        self._columns = columns
        self._index = index

    def __getitem__(self, name: str) -> object:
        try:
            return self._columns[name][self._index]
        except KeyError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return name in self._columns.batch.schema.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns.batch.schema.names)

    def __len__(self) -> int:
        return int(self._columns.batch.num_columns)


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[CellRow | BadRow]:
    number = 0
    for whole in batches:
        for start in range(0, whole.num_rows, _BATCH_ROWS):
            columns = _BatchColumns(whole.slice(start, _BATCH_ROWS))
            for index in range(columns.batch.num_rows):
                number += 1
                yield CellRow(number, f"row {number}", _BatchRow(columns, index))
