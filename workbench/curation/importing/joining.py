"""Inputs and answers that stand in two files, joined by a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.importing.columns import known_columns
from workbench.curation.importing.documents import NAME_COLUMN
from workbench.curation.importing.rows import BadRow, Row
from workbench.curation.importing.tables import Table
from workbench.curation.importing.usual_names import usual_column
from workbench.errors import ImportFileError


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One of the two tables.

    Attributes:
        name: Its file, for places.
        key: The column whose values name the partner.
        columns: All of its columns.
    """

    name: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A row of the first table together with its partner."""

    row: Row
    partner: Row
    values: Mapping[str, object]
    place: str

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def raw(self) -> bytes:
        return self.row.raw

    def bad_byte(self, encoding: str) -> tuple[int, int] | None:
        return self.row.bad_byte(encoding) or self.partner.bad_byte(encoding)


def parse_on(text: str) -> tuple[str, str]:
    """Read `id`, or `note_id=id` where the two files name the key differently.

    Returns: The key of each side; empty where the text is.

    Raises:
        ImportFileError: One side is empty.
    """
    left, separator, right = (part.strip() for part in text.partition("="))
    if separator and not (left and right):
        raise ImportFileError(f"--on {text!r} names one column only.", "Example: --on note_id=id")
    return left, right or left


def join_side(table: Table, name: str, key: str) -> JoinSide:
    """Return a side with its key: the one named, else the name of a document.

    Raises:
        ImportFileError: The key is no column, or none was named.
    """
    if key and key not in table.columns:
        raise ImportFileError(
            f"{name} has no column {key!r}; {known_columns(table.columns)}",
            "Name the key of both files, such as --on note_id=id.",
        )
    if not key and NAME_COLUMN not in table.columns:
        raise ImportFileError(
            f"{name}: no column is named as the key; {known_columns(table.columns)}",
            "Name it with --on COLUMN, or --on COLUMN=COLUMN where the two files differ.",
        )
    return JoinSide(name, key or NAME_COLUMN, table.columns)


def joined_columns(left: JoinSide, right: JoinSide) -> dict[str, str]:
    """Return what each column of the right side is called in the joined table.

    A name that both sides have is written `FILE.column` for the right one.
    """
    return {
        column: f"{right.name}.{column}" if column in left.columns else column
        for column in right.columns
        if column != right.key
    }


def join_mapping(left: JoinSide, right: JoinSide, mapping: Mapping[str, str]) -> dict[str, str]:
    """Add to a mapping what the join shows: the input stands left, the answer right."""
    renamed = joined_columns(left, right)
    found = dict(mapping)
    inputs = [column for column in left.columns if column != left.key]
    if "input" not in found and (column := _only(inputs) or usual_column("input", inputs)):
        found["input"] = column
    is_pair = all(usual_column(role, right.columns) for role in ("chosen", "rejected"))
    answers = [column for column in right.columns if column != right.key]
    answer = _only(answers) or usual_column("output", answers)
    if answer and not is_pair and "output" not in found:
        found["output"] = renamed[answer]
    return found


def join_rows(
    left: JoinSide,
    right: JoinSide,
    *,
    left_keys: Iterable[Row | BadRow],
    left_rows: Iterable[Row | BadRow],
    right_rows: Iterable[Row | BadRow],
) -> Iterator[Row | BadRow]:
    """Yield the rows of the left side, each with its partner.

    Rows without a partner, without a key, or with a key that comes twice are bad rows, on both
    sides. The right side is held in memory.

    Args:
        left: The inputs.
        right: The answers.
        left_keys: All rows of the left side, read once before.
        left_rows: The same, to be joined.
        right_rows: All rows of the right side.
    """
    counts = Counter(_key(row, left.key) for row in left_keys if not isinstance(row, BadRow))
    partners, bad = _partners(right, right_rows)
    renamed = joined_columns(left, right)
    taken: set[str] = set()
    for row in left_rows:
        if isinstance(row, BadRow):
            yield row
            continue
        key = _key(row, left.key)
        if problem := _problem(key, counts[key], partners.get(key), left, right):
            yield BadRow(row.line, *problem, row.raw, row.place)
            continue
        taken.add(key)
        partner = partners[key][0]
        values = {**row.values, **{new: partner.values.get(old) for old, new in renamed.items()}}
        yield JoinedRow(row, partner, values, f"{row.place}; {right.name}, {partner.place}")
    yield from bad
    for key, rows in partners.items():
        yield from _left_over(key, rows, left, right, is_taken=key in taken, n_left=counts[key])


def _partners(
    right: JoinSide, rows: Iterable[Row | BadRow]
) -> tuple[dict[str, list[Row]], list[BadRow]]:
    partners: dict[str, list[Row]] = {}
    bad = []
    for row in rows:
        if isinstance(row, BadRow):
            place = f"{right.name}, {row.locator}"
            bad.append(BadRow(row.line, row.reason, row.detail, row.raw, place))
        else:
            partners.setdefault(_key(row, right.key), []).append(row)
    return partners, bad


def _problem(
    key: str, n_left: int, partners: Sequence[Row] | None, left: JoinSide, right: JoinSide
) -> tuple[str, str] | None:
    if not key:
        return "missing_key", f"Its key, column {left.key}, is empty."
    if n_left > 1:
        return "repeated_key", f"Its key comes {n_left} times in {left.name}."
    if not partners:
        return "no_partner", f"No row of {right.name} has its key."
    if len(partners) > 1:
        return "repeated_key", f"Its key comes {len(partners)} times in {right.name}."
    return None


def _left_over(
    key: str, rows: Sequence[Row], left: JoinSide, right: JoinSide, *, is_taken: bool, n_left: int
) -> Iterator[BadRow]:
    """Yield rows of the right side that no row of the left one took."""
    if is_taken:
        return
    problem = _problem(key, len(rows), rows if n_left == 1 else None, right, left)
    if problem is None or n_left > 1:
        problem = ("repeated_key", f"Its key comes {n_left} times in {left.name}.")
    for row in rows:
        yield BadRow(row.line, *problem, row.raw, f"{right.name}, {row.place}")


def _key(row: Row, column: str) -> str:
    value = row.values.get(column)
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).strip()


def _only(columns: Sequence[str]) -> str | None:
    return columns[0] if len(columns) == 1 else None
