"""An open file, as a stream of rows with known columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.importing.formats import FileFormat
from workbench.curation.importing.limits import MAX_COLUMNS
from workbench.curation.importing.rows import BadRow, Row
from workbench.errors import ImportFileError

SAMPLED_ROWS = 100


@dataclass(frozen=True, slots=True)
class Table:
    """An open file.

    Attributes:
        format: How it is read.
        encoding: Of its text.
        columns: Names in the header, or keys of the first rows.
        sample: The first good rows, from which its layout is told.
        rows: The data rows, once; those of the sample again.
        delimiter: Between fields, where there is one.
    """

    format: FileFormat
    encoding: str
    columns: tuple[str, ...]
    sample: tuple[Row, ...]
    rows: Iterator[Row | BadRow]
    delimiter: str = ""

    @classmethod
    def peeked(
        cls,
        file_format: FileFormat,
        encoding: str,
        columns: tuple[str, ...],
        rows: Iterator[Row | BadRow],
        delimiter: str = "",
    ) -> Table:
        """Return a table whose sample is taken from its rows."""
        first = list(itertools.islice(rows, SAMPLED_ROWS))
        sample = tuple(row for row in first if not isinstance(row, BadRow))
        return cls(file_format, encoding, columns, sample, itertools.chain(first, rows), delimiter)


def check_width(path: Path, n_columns: int) -> None:
    """Refuse a file with more columns than any table of texts has.

    Raises:
        ImportFileError: It has more than `MAX_COLUMNS`.
    """
    if n_columns > MAX_COLUMNS:
        raise ImportFileError(
            f"{path} has {n_columns} columns; at most {MAX_COLUMNS} can be read.",
            "Export only the columns that hold text.",
        )
