"""Open a file of any format that we import, as a stream of rows with known columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from workbench.curation.delimited import guess_delimiter, read_delimited, read_fields
from workbench.curation.json_rows import read_json_array, read_json_lines
from workbench.curation.lines import Line, check_encoding, read_lines, undecodable_byte
from workbench.curation.rows import BadRow, Row
from workbench.errors import ImportFileError

FileFormat = Literal["csv", "tsv", "jsonl", "json"]
FORMATS: tuple[FileFormat, ...] = ("csv", "tsv", "jsonl", "json")
_BY_SUFFIX: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
# JSON rows may each lack a key, so that the columns are those of the first rows together.
_SAMPLED_ROWS = 100
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Office document: save the table as CSV",
    b"\x1f\x8b": "gzip-compressed: decompress it first",
    b"PAR1": "a Parquet file: export it as JSON Lines",
    b"%PDF": "a PDF: export its text as CSV or JSON Lines",
    b"SQLite format 3": "an SQLite database: export the table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Office document: save the table as CSV",
}


@dataclass(frozen=True, slots=True)
class Table:
    """An open file.

    Attributes:
        format: How it is read.
        encoding: Of its text.
        columns: Names in the header, or keys of the first JSON rows.
        rows: The data rows, once.
    """

    format: FileFormat
    encoding: str
    columns: tuple[str, ...]
    rows: Iterator[Row | BadRow]


@contextmanager
def open_table(
    path: Path, *, file_format: FileFormat | None = None, encoding: str = "utf-8"
) -> Iterator[Table]:
    """Open a file for import.

    Args:
        path: The file.
        file_format: How to read it; by its suffix for None.
        encoding: Of its text; a UTF-8 byte order mark is skipped.

    Raises:
        ImportFileError: It cannot be read, is empty, or is not of that format at all.
    """
    encoding = check_encoding(encoding)
    chosen = file_format or _format_of(path)
    with _opened(path) as stream:
        _refuse_foreign(path, stream, encoding)
        if chosen in ("csv", "tsv"):
            yield _delimited_table(path, read_lines(stream, encoding), chosen, encoding)
        elif chosen == "json" and _is_array(stream, encoding):
            yield _json_table(path, read_json_array(stream, encoding), chosen, encoding)
        else:  # `.json` files often hold JSON Lines
            rows = read_json_lines(read_lines(stream, encoding))
            yield _json_table(path, rows, "jsonl", encoding)


def _format_of(path: Path) -> FileFormat:
    if found := _BY_SUFFIX.get(path.suffix.lower()):
        return found
    raise ImportFileError(
        f"{path}: the suffix {path.suffix!r} does not tell the format.",
        f"Name it with --format {' | '.join(FORMATS)}.",
    )


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise ImportFileError(f"{path} is a folder.", "Name the files in it, such as FOLDER/*.csv.")
    try:
        stream = path.open("rb")
    except FileNotFoundError as exc:
        raise ImportFileError(f"{path} does not exist.", "Check the path.") from exc
    except OSError as exc:
        raise ImportFileError(
            f"{path} cannot be read: {exc.strerror}.", "Check its owner."
        ) from exc
    with stream:
        yield stream


def _refuse_foreign(path: Path, stream: BinaryIO, encoding: str) -> None:
    start = stream.read(4096)
    stream.seek(0)
    if not start.strip(b"\xef\xbb\xbf \t\r\n") and path.stat().st_size <= len(start):
        raise ImportFileError(f"{path} is empty.", "Export it again, or name another file.")
    for magic, what in _FOREIGN.items():
        if start.startswith(magic):
            raise ImportFileError(
                f"{path} is {what.split(':')[0]}.", f"Please{what.split(':')[1]}."
            )
    if "\n".encode(encoding) == b"\n" and (
        start.startswith((b"\xff\xfe", b"\xfe\xff")) or start[:200].count(b"\0") > 20
    ):
        raise ImportFileError(
            f"{path} is not {encoding}: it looks like UTF-16.", "Import it with --encoding utf-16."
        )


def _delimited_table(path: Path, lines: Iterator[Line], chosen: FileFormat, encoding: str) -> Table:
    first = next(lines)
    delimiter = "\t" if chosen == "tsv" else guess_delimiter(first.text)
    records = read_fields(itertools.chain([first], lines), delimiter)
    header = next(records, None)
    if header is None or isinstance(header, BadRow):
        detail = f" {header.detail}" if header else ""
        raise ImportFileError(
            f"{path}, line 1: the header cannot be read.{detail}",
            "The first line must hold the column names.",
        )
    for line in header[0]:
        if bad := undecodable_byte(line, encoding):
            raise ImportFileError(
                f"{path} is not {encoding}: byte 0x{bad[1]:02X} at position {bad[0]} (the header).",
                "Import it with --encoding latin-1 (or cp1252), or save it as UTF-8.",
            )
    columns = tuple(name.strip() for name in header[1])
    return Table(chosen, encoding, columns, read_delimited(records, columns))


def _is_array(stream: BinaryIO, encoding: str) -> bool:
    start = stream.read(4096).decode(encoding, "replace")
    stream.seek(0)
    return start.lstrip("\ufeff \t\r\n").startswith("[")


def _json_table(
    path: Path, rows: Iterator[Row | BadRow], chosen: FileFormat, encoding: str
) -> Table:
    sample = list(itertools.islice(rows, _SAMPLED_ROWS))
    columns = tuple(dict.fromkeys(k for row in sample if isinstance(row, Row) for k in row.values))
    if not columns:
        bad = next((row for row in sample if isinstance(row, BadRow)), None)
        problem = f" Line {bad.line}: {bad.detail}" if bad else ""
        raise ImportFileError(
            f"{path} holds no JSON object in its first {len(sample)} rows.{problem}",
            'Each row must be an object such as {"input": "…", "output": "…"}.',
        )
    return Table(chosen, encoding, columns, itertools.chain(sample, rows))
