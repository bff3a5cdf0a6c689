"""A look at the beginning of a file: what would be read, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from workbench.curation.importing.column_names import split_names
from workbench.curation.importing.columns import CHATS, LISTS, ColumnMap
from workbench.curation.importing.opening import (
    OpenedTable,
    Reading,
    ReadRequest,
    examined_rows,
    lay_out,
    open_request,
)
from workbench.curation.importing.rows import BadRow, UsableRow
from workbench.curation.importing.usual_names import usual_column
from workbench.errors import ImportFileError

SHOWN_ROWS = 5
LOOKED_AT_ROWS = 1000
_SHOWN_CHARACTERS = 2000
_SHOWN_BAD_ROWS = 20


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """One column.

    Attributes:
        name: As in the file.
        role: What it is used for; empty if it is not.
        why: How that was decided; without a role empty, or how it could be used.
        example: The beginning of its first filled value.
    """

    name: str
    role: str
    why: str
    example: str


@dataclass(frozen=True, slots=True)
class RowPreview:
    """One row as it would be read; long texts are cut."""

    place: str
    input: str
    output: str
    rejected: str
    group: str


@dataclass(frozen=True, slots=True)
class BadRowPreview:
    """One row that would go to quarantine."""

    place: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class FilePreview:
    """How a file would be imported.

    Attributes:
        file: Its name.
        format: How it is read.
        encoding: Of its text.
        layout: Of its rows; empty if `problem` says why there is none.
        columns: All of them, at most a few hundred.
        rows: The first that would become examples.
        n_rows: Rows looked at, from the beginning.
        n_ties: Answers among them that are rated like the best one.
        reasons: Of these, rows that would go to quarantine, per reason.
        bad_rows: The first of them.
        problem: Why it cannot be imported so; empty if it can.
        hint: What to do about that.
    """

    file: str
    format: str
    encoding: str
    layout: str
    columns: tuple[ColumnPreview, ...]
    rows: tuple[RowPreview, ...] = ()
    n_rows: int = 0
    n_ties: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    bad_rows: tuple[BadRowPreview, ...] = ()
    problem: str = ""
    hint: str = ""


def preview_request(request: ReadRequest) -> FilePreview:
    """Read the first rows of a file as an import would; nothing is written.

    Raises:
        ImportFileError: It cannot be opened at all. That its columns are not recognised is part of
            the preview, so that they can be mapped.
    """
    with open_request(request) as opened:
        try:
            reading = lay_out(request, opened)
        except ImportFileError as exc:
            return _without_layout(request, opened, exc)
        return _with_rows(request, opened, reading)


def _without_layout(
    request: ReadRequest, opened: OpenedTable, problem: ImportFileError
) -> FilePreview:
    return FilePreview(
        file=request.item.name,
        format=opened.table.format,
        encoding=opened.table.encoding,
        layout="",
        columns=_columns(request, opened, None),
        problem=problem.message,
        hint=problem.hint,
    )


def _with_rows(request: ReadRequest, opened: OpenedTable, reading: Reading) -> FilePreview:
    rows: list[RowPreview] = []
    bad: list[BadRowPreview] = []
    reasons: Counter[str] = Counter()
    n_rows = n_ties = 0
    for item in islice(examined_rows(request, opened, reading), LOOKED_AT_ROWS):
        n_rows += 1
        n_ties += item.n_ties
        for row in item.rows:
            if isinstance(row, BadRow):
                reasons[row.reason] += 1
                bad.append(BadRowPreview(row.locator, row.reason, row.detail))
            elif len(rows) < SHOWN_ROWS:
                rows.append(_row_preview(row))
    return FilePreview(
        file=request.item.name,
        format=reading.format,
        encoding=reading.encoding,
        layout=reading.layout,
        columns=_columns(request, opened, reading.columns),
        rows=tuple(rows),
        n_rows=n_rows,
        n_ties=n_ties,
        reasons=dict(sorted(reasons.items())),
        bad_rows=tuple(bad[:_SHOWN_BAD_ROWS]),
    )


def _columns(
    request: ReadRequest, opened: OpenedTable, found: ColumnMap | None
) -> tuple[ColumnPreview, ...]:
    roles = _roles(found) if found else {}
    previews = []
    for name in dict.fromkeys(opened.table.columns):
        role = roles.get(name, "")
        values = (row.values.get(name) for row in opened.table.sample)
        example = next((str(value) for value in values if value not in (None, "")), "")
        why = _why(request, opened, found, name) if found else ""
        previews.append(ColumnPreview(name, role, why, _cut(example)[:200]))
    return tuple(previews)


def _roles(found: ColumnMap) -> dict[str, str]:
    return {
        column: role for role, names in found.described().items() for column in split_names(names)
    }


def _why(request: ReadRequest, opened: OpenedTable, found: ColumnMap, name: str) -> str:
    role = _roles(found).get(name, "")
    if not role:
        may_rate = found.ratings is None and name == usual_column("ratings", opened.table.columns)
        return "not read; if rows rate answers to one input, map it as ratings" if may_rate else ""
    if role in request.mapping:
        return "named by --map"
    if role in request.item.mapping:
        return "named by dataset_info.json"
    if role in opened.mapping:
        return "it stands in that file of the two"
    if role == "names":
        return "a usual name for a column of names: they are replaced in all texts of the row"
    if found.layout in CHATS and role == "messages":
        return "its values are chats"
    if found.layout in LISTS and role == "answers":
        return "its values are lists of answers"
    if found.layout == "rated-rows" and role == "ratings":
        return "a usual name, and inputs come again with other answers and ratings"
    return f"a usual name for the {role}"


def _row_preview(row: UsableRow) -> RowPreview:
    return RowPreview(
        place=row.locator,
        input=_cut(row.input),
        output=_cut(row.output),
        rejected=_cut(row.rejected),
        group=_cut(row.group),
    )


def _cut(text: str) -> str:
    """Return the beginning of a text, without lone surrogates."""
    return text[:_SHOWN_CHARACTERS].encode(errors="replace").decode()
