"""Read one file into staged, encrypted rows, ready to be added to the store in one burst."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.curation.importing.columns import ColumnMap, find_columns
from workbench.curation.importing.examine import examine_row
from workbench.curation.importing.reading import FileFormat, Table, open_table
from workbench.curation.importing.rows import BadRow, UsableRow
from workbench.errors import ImportFileError
from workbench.files import digest_json, sha256_file
from workbench.store import Original, SourceCipher, examples_schema, quarantine_schema

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH_ROWS = 2000
_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: everything that, with its bytes, decides which rows come out."""

    format: FileFormat
    encoding: str
    columns: ColumnMap

    def described(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "columns": self.columns.described(),
        }


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A file that can be imported, and under which id."""

    path: Path
    sha256: str
    reading: Reading
    source_id: str


@dataclass(slots=True)
class StagedFile:
    """What reading a file gave.

    Attributes:
        examples: Parquet file of encrypted examples.
        quarantine: Parquet file of encrypted rows that cannot be used.
        n_rows: Data rows seen.
        n_examples: Of these, usable.
        reasons: Quarantined rows per reason.
        first_problem: Detail of the first quarantined row, with its line.
    """

    examples: Path
    quarantine: Path
    n_rows: int = 0
    n_examples: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first_problem: str = ""


def plan_file(
    path: Path, *, mapping: Mapping[str, str], file_format: FileFormat | None, encoding: str
) -> FilePlan:
    """Look at a file's beginning and decide how it is read.

    Raises:
        ImportFileError: It cannot be imported as asked.
    """
    with open_table(path, file_format=file_format, encoding=encoding) as table:
        columns = find_columns(table.columns, mapping, str(path))
        reading = Reading(table.format, table.encoding, columns)
    sha256 = sha256_file(path)
    source_id = digest_json({"sha256": sha256, "reading": reading.described()})[:_ID_DIGITS]
    return FilePlan(path, sha256, reading, source_id)


def stage_file(
    plan: FilePlan, cipher: SourceCipher, folder: Path, report: Callable[[int], None]
) -> StagedFile:
    """Read every row of a file into two Parquet files in `folder`.

    Args:
        plan: The file, as planned.
        cipher: Encrypts what is written.
        folder: A staging folder.
        report: Called with the number of rows read so far.

    Raises:
        ImportFileError: The file has no usable row, or changed while it was read.
    """
    staged = StagedFile(folder / "examples.parquet", folder / "quarantine.parquet")
    reading = plan.reading
    with (
        open_table(plan.path, file_format=reading.format, encoding=reading.encoding) as table,
        _writer(staged.examples, examples_schema()) as examples,
        _writer(staged.quarantine, quarantine_schema()) as quarantine,
    ):
        good = _Batch(examples, examples_schema())
        bad = _Batch(quarantine, quarantine_schema())
        namer = ExampleNamer()
        for row in _examined(table, reading):
            staged.n_rows += 1
            if isinstance(row, BadRow):
                _note(staged, row)
                bad.add(_quarantine_row(plan, row, cipher))
            else:
                staged.n_examples += 1
                good.add(_example_row(plan, row, cipher, namer, staged.n_rows))
            if staged.n_rows % _BATCH_ROWS == 0:
                report(staged.n_rows)
        good.flush()
        bad.flush()
    _check_outcome(plan, staged)
    return staged


class ExampleNamer:
    """Names rows by their content, the second of two equal rows differently from the first.

    So a row keeps its id when a file is sorted anew or grows, and two files that share rows share
    ids, while a row that is repeated within a file is still two rows, of which curation drops one.
    """

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def name(self, input_text: str, output_text: str) -> str:
        """Return 16 hex digits."""
        source = input_text.encode()
        content = hashlib.sha256(b"%d:" % len(source) + source + output_text.encode()).digest()
        occurrence = self._seen[content[:8]]
        self._seen[content[:8]] += 1
        if occurrence == 0:
            return content.hex()[:_ID_DIGITS]
        return hashlib.sha256(content + b"%d" % occurrence).hexdigest()[:_ID_DIGITS]


class _Batch:
    """Collects rows and writes them a few thousand at a time."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema
        self._rows: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    import pyarrow.parquet as pq

    # Ciphertext does not compress.
    return pq.ParquetWriter(path, schema, compression="none", use_dictionary=False)


def _examined(table: Table, reading: Reading) -> Iterator[UsableRow | BadRow]:
    for row in table.rows:
        if isinstance(row, BadRow):
            yield row
        else:
            yield examine_row(row, reading.columns, reading.encoding)


def _example_row(
    plan: FilePlan, row: UsableRow, cipher: SourceCipher, namer: ExampleNamer, number: int
) -> dict[str, Any]:
    return {
        "example_id": namer.name(row.input, row.output),
        "source_id": plan.source_id,
        "row_number": number,
        "locator": f"line {row.line}",
        "payload": Original(row.input, row.output, row.group).seal(cipher),
    }


def _quarantine_row(plan: FilePlan, row: BadRow, cipher: SourceCipher) -> dict[str, Any]:
    return {
        "source_id": plan.source_id,
        "line": row.line,
        "reason": row.reason,
        "detail": row.detail,
        "raw": cipher.encrypt(row.raw),
    }


def _note(staged: StagedFile, row: BadRow) -> None:
    staged.reasons[row.reason] += 1
    staged.first_problem = staged.first_problem or f"Line {row.line}: {row.detail}"


def _check_outcome(plan: FilePlan, staged: StagedFile) -> None:
    if sha256_file(plan.path) != plan.sha256:
        raise ImportFileError(
            f"{plan.path} changed while it was read.", "Import it again once it is complete."
        )
    if staged.n_rows == 0:
        raise ImportFileError(f"{plan.path} has a header and no rows.", "Export it again.")
    if staged.n_examples == 0:
        raise ImportFileError(
            f"{plan.path}: none of its {staged.n_rows} rows can be used. {staged.first_problem}",
            remedy_for(staged.reasons),
        )


def remedy_for(reasons: Mapping[str, int]) -> str:
    """Return what to do about the most frequent reason for quarantine."""
    remedies = {
        "wrong_encoding": "Import it again with --encoding latin-1 (or cp1252).",
        "missing_column": "Map the right columns with --map input=…,output=….",
        "wrong_type": "Map columns that hold text with --map input=…,output=….",
    }
    most = max(reasons, key=lambda reason: reasons[reason], default="")
    return remedies.get(most, "Mend the rows (`workbench data quarantine`) and import again.")
