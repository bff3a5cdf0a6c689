"""Rows of CSV and TSV files, as a stream, with a way on after every broken row."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.curation.importing.lines import MAX_LINE_BYTES, Line
from workbench.curation.importing.rows import BadRow, TextRow, raw_bytes

# A quote that never closes would swallow the rest of the file; a field is not longer than this.
MAX_FIELD_CHARACTERS = 4 << 20
_DELIMITERS = ",;\t|"


class _LineTooLongError(Exception):
    """A physical line is too long to be read."""


@dataclass
class _Feed:
    """Hands lines to `csv.reader` and can take back those of a broken row but the first."""

    lines: Iterator[Line]
    taken: list[Line] = field(default_factory=list)
    returned: deque[Line] = field(default_factory=deque)

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self.returned.popleft() if self.returned else next(self.lines)
        self.taken.append(line)
        if line.is_too_long:
            raise _LineTooLongError
        return line.text

    def start_row(self) -> None:
        self.taken = []

    def give_back(self) -> Line:
        """Return the first line of the row being read; the others will be read again."""
        first, *others = self.taken
        self.returned.extendleft(reversed(others))
        return first


def guess_delimiter(header: str) -> str:
    """Return the delimiter that a header line is most likely written with; a comma in doubt."""
    outside_quotes = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside_quotes.count)


Record = tuple[tuple[Line, ...], list[str]]


def read_delimited(
    records: Iterator[Record | BadRow], columns: tuple[str, ...]
) -> Iterator[TextRow | BadRow]:
    """Yield data rows from the records that follow a header."""
    for record in records:
        if isinstance(record, BadRow):
            yield record
            continue
        taken, fields = record
        if len(fields) != len(columns):
            detail = f"It has {len(fields)} columns; the header has {len(columns)}."
            yield BadRow(taken[0].number, "wrong_column_count", detail, raw_bytes(taken))
        else:
            yield TextRow(taken, dict(zip(columns, fields, strict=True)))


def read_fields(lines: Iterator[Line], delimiter: str) -> Iterator[Record | BadRow]:
    """Yield the lines and the fields of every record that is not blank.

    A record with broken quoting is set aside by its first line, and reading goes on at the next
    line, so that one stray quote costs one row and not the rest of the file.
    """
    feed = _Feed(lines)
    reader = _reader(feed, delimiter)
    while True:
        feed.start_row()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, _LineTooLongError) as exc:
            yield _bad_row(feed.give_back(), exc)
            reader = _reader(feed, delimiter)
            continue
        if any(fields):
            yield tuple(feed.taken), fields


def _reader(feed: _Feed, delimiter: str) -> Iterator[list[str]]:
    # The limit is one for the whole process, so it is set where it is needed, every time.
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    return csv.reader(feed, delimiter=delimiter, strict=True)


def _bad_row(line: Line, exc: Exception) -> BadRow:
    problem = str(exc)
    if isinstance(exc, _LineTooLongError):
        reason, detail = "too_long", f"The line is longer than {MAX_LINE_BYTES >> 20} MiB."
    elif "field limit" in problem:
        reason = "too_long"
        detail = f"A field is longer than {MAX_FIELD_CHARACTERS} characters: is a quote unclosed?"
    elif "unexpected end" in problem:
        reason, detail = "broken_quoting", "A quote that opens here never closes."
    elif "new-line" in problem:
        reason, detail = "broken_quoting", "A lone carriage return stands in the row."
    else:
        reason, detail = "broken_quoting", "Text follows a closing quote."
    return BadRow(line.number, reason, detail, raw_bytes((line,)))
