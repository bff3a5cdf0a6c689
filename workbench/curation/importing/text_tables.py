"""Open files of text that hold a table: CSV, TSV, JSON Lines and JSON arrays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workbench.curation.importing.delimited import guess_delimiter, read_delimited, read_fields
from workbench.curation.importing.formats import FileFormat, open_regular
from workbench.curation.importing.json_rows import read_json_array, read_json_lines
from workbench.curation.importing.lines import Line, check_encoding, read_lines, undecodable_byte
from workbench.curation.importing.rows import BadRow, TextRow, is_unicode
from workbench.curation.importing.tables import SAMPLED_ROWS, Table, check_width
from workbench.errors import ImportFileError

_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Office document: give it its own suffix, such as .xlsx",
    b"\x1f\x8b": "gzip-compressed: decompress it first",
    b"PAR1": "a Parquet file: import it with --format parquet",
    b"ARROW1": "an Arrow file: import it with --format arrow",
    b"%PDF": "a PDF: import it with --format pdf",
    b"SQLite format 3": "an SQLite database: export the table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Office document: give it its own suffix, such as .xls",
}


@contextmanager
def open_text_table(path: Path, chosen: FileFormat, encoding: str) -> Iterator[Table]:
    """Open a table of text.

    Args:
        path: The file.
        chosen: How to read it.
        encoding: Of its text; a UTF-8 byte order mark is skipped.

    Raises:
        ImportFileError: It cannot be read, is empty, or is not of that format at all.
    """
    encoding = check_encoding(encoding)
    with open_regular(path) as stream:
        _refuse_foreign(path, stream, encoding)
        if chosen in ("csv", "tsv"):
            yield _delimited_table(path, read_lines(stream, encoding), chosen, encoding)
        elif chosen == "json" and _is_array(stream, encoding):
            yield _json_table(path, read_json_array(stream, encoding), chosen, encoding)
        else:  # `.json` files often hold JSON Lines
            rows = read_json_lines(read_lines(stream, encoding))
            yield _json_table(path, rows, "jsonl", encoding)


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
    check_width(path, len(columns))
    return Table.peeked(chosen, encoding, columns, read_delimited(records, columns), delimiter)


def _is_array(stream: BinaryIO, encoding: str) -> bool:
    start = stream.read(4096).decode(encoding, "replace")
    stream.seek(0)
    return start.lstrip("\ufeff \t\r\n").startswith("[")


def _json_table(
    path: Path, rows: Iterator[TextRow | BadRow], chosen: FileFormat, encoding: str
) -> Table:
    # Each row may lack a key, so that the columns are those of the first rows together.
    sample = list(itertools.islice(rows, SAMPLED_ROWS))
    names = dict.fromkeys(k for row in sample if not isinstance(row, BadRow) for k in row.values)
    columns = tuple(name for name in names if is_unicode(name))  # the others cannot be named
    if not columns:
        bad = next((row for row in sample if isinstance(row, BadRow)), None)
        problem = f" Line {bad.line}: {bad.detail}" if bad else ""
        raise ImportFileError(
            f"{path} holds no JSON object in its first {len(sample)} rows.{problem}",
            'Each row must be an object such as {"input": "…", "output": "…"}.',
        )
    check_width(path, len(columns))
    return Table.peeked(chosen, encoding, columns, itertools.chain(sample, rows))
