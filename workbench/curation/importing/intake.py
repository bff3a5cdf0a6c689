"""Read one file into staged, encrypted rows, ready to be added to the store in one burst."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.curation.importing.items import Item
from workbench.curation.importing.opening import Reading, ReadRequest
from workbench.curation.importing.parser import Parser, ReadingOutcome
from workbench.curation.importing.rows import BadRow, UsableRow
from workbench.curation.importing.wire import NumberedRow
from workbench.errors import ImportFileError
from workbench.files import digest_json, sha256_file
from workbench.store import Original, SourceCipher, examples_schema, quarantine_schema

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 2000
_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Something that can be imported, and under which id.

    Attributes:
        request: What to read.
        sha256: Of its bytes; of the digests of all its files where there are several.
        reading: How it is read.
        licence: Under which its texts may be used, in the user's words; empty if not said.
        source_id: Digest of the bytes, the reading and the licence.
    """

    request: ReadRequest
    sha256: str
    reading: Reading
    licence: str
    source_id: str

    @property
    def name(self) -> str:
        return self.request.item.name

    @property
    def place(self) -> str:
        """The path, for messages; the name where there are many files."""
        paths = self.request.item.paths
        return str(paths[0]) if len(paths) == 1 else self.name

    def record(self) -> dict[str, Any]:
        """Return what the store keeps of the reading."""
        kept = self.reading.described() | {
            "layout": self.reading.layout,
            "header": list(self.reading.header),
            "delimiter": self.reading.delimiter,
        }
        return kept | ({"licence": self.licence} if self.licence else {})


@dataclass(slots=True)
class StagedFile:
    """What reading a file gave.

    Attributes:
        examples: Parquet file of encrypted examples.
        quarantine: Parquet file of encrypted rows that cannot be used.
        n_rows: Data rows seen.
        n_examples: Examples that they gave.
        n_ties: Answers that make no pair since they are rated like the best one.
        reasons: Quarantined rows per reason.
        first_problem: Detail of the first quarantined row, with its place.
    """

    examples: Path
    quarantine: Path
    n_rows: int = 0
    n_examples: int = 0
    n_ties: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first_problem: str = ""


def plan_file(parser: Parser, request: ReadRequest, *, licence: str = "") -> FilePlan:
    """Look at a file's beginning and decide how it is read.

    Raises:
        ImportFileError: It cannot be imported as asked.
    """
    reading = parser.look(request)
    sha256 = _sha256(request)
    identity = {"sha256": sha256, "reading": reading.described()}
    if licence:
        identity["licence"] = licence
    return FilePlan(request, sha256, reading, licence, digest_json(identity)[:_ID_DIGITS])


def stage_file(
    parser: Parser,
    plan: FilePlan,
    cipher: SourceCipher,
    folder: Path,
    report: Callable[[int], None],
) -> StagedFile:
    """Read every row of a file into two Parquet files in `folder`.

    Args:
        parser: The process that reads it.
        plan: The file, as planned.
        cipher: Encrypts what is written.
        folder: A staging folder.
        report: Called with the number of rows read so far.

    Raises:
        ImportFileError: The file has no usable row, or changed while it was read.
    """
    staged = StagedFile(folder / "examples.parquet", folder / "quarantine.parquet")
    with (
        _Staging(staged.examples, examples_schema()) as good,
        _Staging(staged.quarantine, quarantine_schema()) as bad,
    ):
        namer = ExampleNamer()
        for answer in parser.read(plan.request):
            if isinstance(answer, ReadingOutcome):
                staged.n_rows, staged.n_ties = answer.n_rows, answer.n_ties
                _check_unchanged(plan, answer.reading)
                continue
            for item in answer:
                row = item.row
                if isinstance(row, BadRow):
                    staged.reasons[row.reason] += 1
                    staged.first_problem = staged.first_problem or _problem(row)
                    bad.add(_quarantine_row(plan, item.number, row, cipher))
                else:
                    staged.n_examples += 1
                    good.add(_example_row(plan, item, row, cipher, namer))
            if answer:
                report(answer[-1].number)
    _check_outcome(plan, staged)
    return staged


class ExampleNamer:
    """Names rows by their content, the second of two equal rows differently from the first.

    So a row keeps its id when a file is sorted anew or grows, and two files that share rows share
    ids, while a row that is repeated within a file is still two rows, of which curation drops one.
    """

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def name(self, input_text: str, output_text: str, rejected_text: str = "") -> str:
        """Return 16 hex digits."""
        content = content_digest(input_text, output_text, rejected_text)
        occurrence = self._seen[content[:8]]
        self._seen[content[:8]] += 1
        return occurrence_id(content, occurrence)


def content_digest(input_text: str, output_text: str, rejected_text: str = "") -> bytes:
    """Return the SHA-256 of an example's texts, all but the last with their lengths."""
    content = _with_length(input_text)
    if rejected_text:
        # the word tells a pair from a row without a rejected answer, which begins with a digit
        content = b"pair:" + content + _with_length(output_text) + rejected_text.encode()
    else:
        content += output_text.encode()
    return hashlib.sha256(content).digest()


def _with_length(text: str) -> bytes:
    encoded = text.encode()
    return b"%d:" % len(encoded) + encoded


def occurrence_id(content: bytes, occurrence: int) -> str:
    """Return the id of the n-th row (from 0) with this content in one file, as 16 hex digits."""
    if occurrence == 0:
        return content.hex()[:_ID_DIGITS]
    return hashlib.sha256(content + b"%d" % occurrence).hexdigest()[:_ID_DIGITS]


class _Staging:
    """A Parquet file that is written a few thousand rows at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        # Ciphertext does not compress.
        self._writer = pq.ParquetWriter(path, schema, compression="none", use_dictionary=False)
        self._schema = schema
        self._rows: list[tuple[object, ...]] = []

    def __enter__(self) -> _Staging:
        return self

    def __exit__(self, kind: object, *exc_info: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, row: tuple[object, ...]) -> None:
        """Add a row, its values in the order of the schema."""
        self._rows.append(row)
        if len(self._rows) >= _BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [
                pa.array(column, kind)
                for column, kind in zip(columns, self._schema.types, strict=True)
            ]
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._rows = []


def _example_row(
    plan: FilePlan, item: NumberedRow, row: UsableRow, cipher: SourceCipher, namer: ExampleNamer
) -> tuple[object, ...]:
    return (
        namer.name(row.input, row.output, row.rejected),
        plan.source_id,
        item.number,
        row.locator,
        Original(row.input, row.output, row.group, row.rejected, row.names).seal(cipher),
    )


def _quarantine_row(
    plan: FilePlan, number: int, row: BadRow, cipher: SourceCipher
) -> tuple[object, ...]:
    return (
        plan.source_id,
        row.line,
        row.reason,
        row.detail,
        cipher.encrypt(row.raw),
        row.locator,
        number,
    )


def _problem(row: BadRow) -> str:
    place = row.locator
    if place.startswith(("line ", "row ", "sheet ")):  # the others begin with a file's name
        place = place[0].upper() + place[1:]
    return f"{place}: {row.detail}"


def _sha256(request: ReadRequest) -> str:
    sides = [_item_sha256(item) for item in filter(None, (request.item, request.partner))]
    return sides[0] if len(sides) == 1 else digest_json(sides)


def _item_sha256(item: Item) -> str:
    if len(item.paths) == 1:
        return sha256_file(item.paths[0])
    return digest_json(
        [[name, sha256_file(path)] for name, path in zip(item.names, item.paths, strict=True)]
    )


def _check_unchanged(plan: FilePlan, reading: Reading) -> None:
    if reading != plan.reading or _sha256(plan.request) != plan.sha256:
        raise ImportFileError(
            f"{plan.place} changed while it was read.", "Import it again once it is complete."
        )


def _check_outcome(plan: FilePlan, staged: StagedFile) -> None:
    if staged.n_rows == 0:
        raise ImportFileError(f"{plan.place} has a header and no rows.", "Export it again.")
    if staged.n_examples == 0:
        raise ImportFileError(
            f"{plan.place}: none of its {staged.n_rows} rows can be used. {staged.first_problem}",
            remedy_for(staged.reasons),
        )


_REMEDIES = {
    "wrong_encoding": "Import it again with --encoding latin-1 (or cp1252).",
    "missing_column": "Map the right columns with --map input=…,output=….",
    "wrong_type": "Map columns that hold text with --map input=…,output=….",
    "no_partner": "Name the key of both files with --on COLUMN=COLUMN.",
    "no_text": "Run text recognition (OCR) on scanned pages and import the result.",
    "encrypted": "Save it without a password.",
    "missing_rating": "Map the numbers with --map ratings=COLUMN, or mend the rows.",
    "single_answer": "Where each row is an example, import it with --layout columns.",
    "unknown_role": "Name the role of each message as user, assistant or system.",
}


def remedy_for(reasons: Mapping[str, int]) -> str:
    """Return what to do about the most frequent reason for quarantine."""
    most = max(reasons, key=lambda reason: reasons[reason], default="")
    return _REMEDIES.get(most, "Mend the rows (`workbench data quarantine`) and import again.")
