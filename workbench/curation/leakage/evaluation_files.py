"""Read the texts of evaluation files, of whatever columns, to search training data for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.importing.items import Item
from workbench.curation.importing.lines import check_encoding
from workbench.curation.importing.reading import open_table
from workbench.curation.importing.rows import BadRow
from workbench.curation.leakage.texts import LeakTexts, TextPart
from workbench.errors import DataError, ImportFileError
from workbench.files import sha256_file

_TEXT_SUFFIXES = (".txt", ".text", ".md")
# A column name of so many words is a row: many benchmarks ship CSV files without a header.
_HEADER_WORDS = 5
_CHECK = "Check the path and its owner, or export the file again."
_OUTPUT_COLUMNS = frozenset(
    {"answer", "completion", "expected", "gold", "output", "reference", "response", "summary"}
    | {"solution", "target"}
)


@dataclass(frozen=True, slots=True)
class EvaluationFile:
    """One evaluation file that was read.

    Attributes:
        file: Its name in the findings.
        sha256: Of its content.
        n_rows: Rows with text.
        n_unreadable: Rows that could not be read, and were not searched for.
    """

    file: str
    sha256: str
    n_rows: int
    n_unreadable: int


def read_evaluation_file(
    path: Path, texts: LeakTexts, *, name: str = "", encoding: str = "utf-8"
) -> EvaluationFile:
    """Append every text of an evaluation file: each value is a text of its own.

    Args:
        path: CSV, TSV, JSON, JSON Lines or Parquet with columns of any name, or a text file, each
            line of which is a row.
        texts: Where they are added, with the file and the line or row of each.
        name: What findings call the file; empty for its path.
        encoding: Of the text; Parquet says itself what it holds.

    Raises:
        ImportFileError: It cannot be read as the format that its suffix says.
        DataError: It holds no text.
    """
    name = name or str(path)
    n_rows = n_unreadable = 0
    for place, values in _rows(path, encoding):
        if values is None:
            n_unreadable += 1
            continue
        n_before = len(texts)
        for part, text in _texts(values):
            texts.add(text, of=name, row=place, part=part)
        n_rows += len(texts) > n_before
    if not n_rows:
        raise DataError(
            f"{path} holds no text: {n_unreadable} rows cannot be read, the others are empty.",
            "Check the file, and its --encoding (utf-8, latin-1, cp1252).",
        )
    return EvaluationFile(name, sha256_file(path), n_rows, n_unreadable)


def _rows(path: Path, encoding: str) -> Iterator[tuple[str, Mapping[str, object] | None]]:
    """Yield the place and the values of each row, None for one that cannot be read."""
    if path.suffix.lower() in _TEXT_SUFFIXES:
        yield from _text_rows(path, encoding)
    else:
        yield from _table_rows(path, encoding)


def _table_rows(path: Path, encoding: str) -> Iterator[tuple[str, Mapping[str, object] | None]]:
    with open_table(Item.of_file(path, path.name), encoding=encoding) as table:
        has_header = all(len(name.split()) < _HEADER_WORDS for name in table.columns)
        if not has_header:
            yield "line 1", dict(zip(_numbered(table.columns), table.columns, strict=True))
        for row in table.rows:
            if isinstance(row, BadRow):
                yield row.locator, None
            elif has_header:
                yield row.place, row.values
            else:
                values = [row.values[name] for name in table.columns]
                yield row.place, dict(zip(_numbered(values), values, strict=True))


def _numbered(columns: Sequence[object]) -> list[str]:
    return [f"column {number + 1}" for number in range(len(columns))]


def _text_rows(path: Path, encoding: str) -> Iterator[tuple[str, Mapping[str, object] | None]]:
    try:
        with path.open(encoding=check_encoding(encoding), errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                yield f"line {number}", {"line": line}
    except OSError as exc:
        raise ImportFileError(f"{path} cannot be read: {exc.strerror}.", _CHECK) from exc


def _texts(values: Mapping[str, object]) -> Iterator[tuple[TextPart, str]]:
    for name, value in values.items():
        part: TextPart = "output" if name.strip().lower() in _OUTPUT_COLUMNS else "text"
        for text in _strings(value):
            # a lone surrogate, of a wrong byte or a JSON escape, is no text that can be compared
            yield part, text.encode(errors="replace").decode()


def _strings(value: object) -> Iterator[str]:
    """Yield the strings of a value that hold more than spaces, also those within lists and maps."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
