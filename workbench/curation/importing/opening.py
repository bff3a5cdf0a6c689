"""From a request to the rows that it gives: open, lay out, join, examine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.curation.importing.argilla_records import flatten, is_argilla
from workbench.curation.importing.chats import USUAL_TAGS, ChatTags
from workbench.curation.importing.column_names import unquoted_name
from workbench.curation.importing.columns import (
    CHATS,
    LISTS,
    ColumnMap,
    Layout,
    find_columns,
)
from workbench.curation.importing.examine import Examined, examine_rated_row, examine_row
from workbench.curation.importing.formats import FileFormat
from workbench.curation.importing.items import Item
from workbench.curation.importing.joining import join_mapping, join_rows, join_side, joined_columns
from workbench.curation.importing.rated_rows import pair_rated_rows
from workbench.curation.importing.reading import open_table
from workbench.curation.importing.rows import BadRow, Row
from workbench.curation.importing.tables import Table


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What to read, and what the user said of it.

    Attributes:
        item: What to import.
        partner: The answers, where they stand in files of their own.
        on: The key column of each side; empty for the default.
        mapping: Column per role; roles that it leaves out are found by name.
        layout: Of the rows; detected for None.
        encoding: Of text files.
    """

    item: Item
    partner: Item | None = None
    on: tuple[str, str] = ("", "")
    mapping: Mapping[str, str] = field(default_factory=dict)
    layout: Layout | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: everything that, with its bytes, decides which rows come out.

    Attributes:
        format: Of the file.
        encoding: Of its text.
        columns: In use.
        layout: Of its rows; `argilla` where records were flattened first.
        join: Format and key of the file with the answers; empty without one.
        tags: How chat messages are written.
        header: All columns.
        delimiter: Between fields, where there is one.
    """

    format: FileFormat
    encoding: str
    columns: ColumnMap
    layout: str
    join: Mapping[str, str]
    tags: ChatTags
    header: tuple[str, ...]
    delimiter: str

    def described(self) -> dict[str, Any]:
        """Return, as JSON-ready data, what decides which rows come out."""
        found: dict[str, Any] = {
            "format": self.format,
            "encoding": self.encoding,
            "columns": self.columns.described(),
        }
        # Layouts of plain text columns are told by the columns alone.
        if self.layout in (*CHATS, *LISTS, "rated-rows", "preference", "argilla"):
            found["layout"] = self.layout
        if self.join:
            found["join"] = dict(self.join)
        if self.tags != USUAL_TAGS:
            found["tags"] = [self.tags.role, self.tags.content, *map(list, self.tags.roles)]
        return found


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table that is ready to be laid out.

    Attributes:
        table: The rows, joined if there is a partner.
        mapping: What the user, the description of the file and the join say.
        is_argilla: Whether the rows are flattened records of Argilla.
        join: As in `Reading`.
    """

    table: Table
    mapping: Mapping[str, str]
    is_argilla: bool
    join: Mapping[str, str]


@contextmanager
def open_request(request: ReadRequest) -> Iterator[OpenedTable]:
    """Open what a request names.

    Raises:
        ImportFileError: It cannot be read.
    """
    mapping = {**request.item.mapping, **request.mapping}
    key = unquoted_name(mapping.pop("key", ""))
    with ExitStack() as stack:
        table = stack.enter_context(open_table(request.item, encoding=request.encoding))
        nested = is_argilla(table)
        table = flatten(table) if nested else table
        if request.partner is None:
            yield OpenedTable(table, mapping, nested, {})
        else:
            on = (request.on[0] or key, request.on[1] or key)
            yield _joined(stack, request, table, mapping, on)


def lay_out(request: ReadRequest, opened: OpenedTable) -> Reading:
    """Decide which columns are used, and how.

    Raises:
        ImportFileError: A column does not exist, stands there twice, or cannot be guessed.
    """
    table, item = opened.table, request.item
    place = str(item.paths[0]) if len(item.paths) == 1 else item.name
    columns = find_columns(
        table.columns,
        opened.mapping,
        place,
        sample=table.sample,
        layout=request.layout or item.layout or None,  # type: ignore[arg-type]  # checked there
    )
    return Reading(
        format=table.format,
        encoding=table.encoding,
        columns=columns,
        layout="argilla" if opened.is_argilla else columns.layout,
        join=opened.join,
        tags=item.tags,
        header=table.columns,
        delimiter=table.delimiter,
    )


def examined_rows(
    request: ReadRequest, opened: OpenedTable, reading: Reading
) -> Iterator[Examined]:
    """Yield what each row of an opened table gives."""
    columns, encoding, tags = reading.columns, reading.encoding, reading.tags
    if columns.layout == "rated-rows":
        yield from pair_rated_rows(
            opened.table.rows,
            _rows_again(request),
            lambda row: examine_rated_row(row, columns, encoding, tags),
        )
        return
    for row in opened.table.rows:
        if isinstance(row, BadRow):
            yield Examined((row,))
        else:
            yield examine_row(row, columns, encoding, tags)


def _joined(
    stack: ExitStack,
    request: ReadRequest,
    table: Table,
    mapping: Mapping[str, str],
    on: tuple[str, str],
) -> OpenedTable:
    partner = request.partner or request.item
    other = stack.enter_context(open_table(partner, encoding=request.encoding))
    left = join_side(table, request.item.name, on[0])
    right = join_side(other, partner.name, on[1])
    rows = join_rows(
        left,
        right,
        left_keys=_left_rows(request),
        left_rows=table.rows,
        right_rows=other.rows,
    )
    columns = (*left.columns, *joined_columns(left, right).values())
    join = {"format": other.format, "on": f"{left.key}={right.key}"}
    joined = replace(table, columns=columns, rows=rows)
    return OpenedTable(joined, join_mapping(left, right, mapping), False, join)


def _rows_again(request: ReadRequest) -> Iterator[Row | BadRow]:
    with open_request(request) as opened:
        yield from opened.table.rows


def _left_rows(request: ReadRequest) -> Iterator[Row | BadRow]:
    with open_table(request.item, encoding=request.encoding) as table:
        yield from table.rows
