"""Open workbooks: XLSX, XLS and ODS, read by calamine."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.importing.archives import check_archive
from workbench.curation.importing.formats import FileFormat, open_regular
from workbench.curation.importing.limits import MAX_WORKBOOK_BYTES
from workbench.curation.importing.rows import BadRow, CellRow
from workbench.curation.importing.tables import Table, check_width
from workbench.errors import ImportFileError

_OLE = b"\xd0\xcf\x11\xe0"
_MEMBERS = {"xlsx": "[Content_Types].xml", "ods": "mimetype"}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The filled rows of a sheet, each with its 1-based number; the first is the header."""

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def header(self) -> tuple[str, ...]:
        names = [cell.strip() for cell in self.rows[0][1]]
        while names and not names[-1]:  # cells that were only formatted
            names.pop()
        return tuple(names)


@contextmanager
def open_workbook(path: Path, chosen: FileFormat) -> Iterator[Table]:
    """Open the sheets of a workbook that share the columns of its longest one.

    Cells are read as text, as a CSV export would hold them. A sheet with other columns gives one
    bad row that says so.

    Raises:
        ImportFileError: It is no workbook, is encrypted, or has no filled sheet.
    """
    _check(path, chosen)
    sheets = _read_sheets(path)
    main = max(sheets, key=lambda sheet: len(sheet.rows))
    check_width(path, len(main.header))
    yield Table.peeked(chosen, "utf-8", main.header, _rows(sheets, main))


def _check(path: Path, chosen: FileFormat) -> None:
    with open_regular(path) as stream:
        start = stream.read(4)
    if path.stat().st_size > MAX_WORKBOOK_BYTES:
        raise ImportFileError(
            f"{path} is larger than {MAX_WORKBOOK_BYTES >> 20} MiB.", "Save its table as CSV."
        )
    if not start:
        raise ImportFileError(f"{path} is empty.", "Export it again, or name another file.")
    if chosen != "xls" and start == _OLE:
        raise ImportFileError(
            f"{path} is encrypted, or an old .xls workbook.",
            "Save it without a password, or import it with --format xls.",
        )
    if chosen != "xls":
        check_archive(path, member=_MEMBERS[chosen], what=chosen.upper())


def _read_sheets(path: Path) -> list[_Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            sheets = [_read_sheet(book, name) for name in book.sheet_names]
    except PasswordError as exc:
        raise ImportFileError(f"{path} is encrypted.", "Save it without a password.") from exc
    except (CalamineError, OSError, ValueError) as exc:
        raise ImportFileError(
            f"{path} is not a whole workbook.", "Save it again, or save its table as CSV."
        ) from exc
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise ImportFileError(f"{path} has no filled sheet.", "Export it again.")
    return filled


def _read_sheet(book: object, name: str) -> _Sheet:
    sheet = book.get_sheet_by_name(name)  # type: ignore[attr-defined]  # calamine's workbook
    rows = enumerate(sheet.to_python(skip_empty_area=False), start=1)
    texts = ((number, tuple(map(_cell_text, cells))) for number, cells in rows)
    return _Sheet(name, tuple((number, cells) for number, cells in texts if any(cells)))


def _cell_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # workbooks know no whole numbers
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _rows(sheets: Sequence[_Sheet], main: _Sheet) -> Iterator[CellRow | BadRow]:
    for sheet in sheets:
        place = f"sheet {sheet.name}, row"
        if sheet.header != main.header:
            detail = f"Sheet {sheet.name} has other columns than sheet {main.name}; it is not read."
            number = sheet.rows[0][0]
            yield BadRow(number, "other_columns", detail, b"", f"{place} {number}")
            continue
        for number, cells in sheet.rows[1:]:
            values = dict(zip(main.header, cells, strict=False))  # beyond the header: unnamed
            yield CellRow(number, f"{place} {number}", values)
