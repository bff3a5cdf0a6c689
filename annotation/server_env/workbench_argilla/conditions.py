"""What a search may ask for, as plain values, and its translation to SQL."""

# ruff: noqa: S608 - only names of ours are put into statements; every value is bound

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from .layout import Layout
from .times import GREATEST, LEAST, as_number, span_of

PENDING = "pending"
RECORD_COLUMNS = ("id", "external_id", "status", "inserted_at", "updated_at")
_TIMES = ("inserted_at", "updated_at")
_SUGGESTION_PARTS = ("value", "score", "agent", "type")


class InvalidConditionError(ValueError):
    """A filter or an order names a property that records do not have, or a time that is none."""


@dataclass(frozen=True)
class Scope:
    """What a condition looks at.

    Attributes:
        kind: `record`, `metadata`, `suggestion` or `response`.
        name: Record property, metadata property or question; for responses empty means status.
        property: Property of a suggestion.
        user: Only this user's response; everybody's if empty.
    """

    kind: Literal["record", "metadata", "suggestion", "response"]
    name: str = ""
    property: str = ""
    user: str = ""


@dataclass(frozen=True)
class Terms:
    """The property has one of these values."""

    scope: Scope
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """The property lies between these values, both included."""

    scope: Scope
    ge: float | str | None = None
    le: float | str | None = None


@dataclass(frozen=True)
class OrderBy:
    """Sort by a property; records without it come last."""

    scope: Scope
    descending: bool = False


class Sql:
    """A piece of SQL and its values."""

    def __init__(self, text: str, *values: object) -> None:
        self.text = text
        self.values = values


_NEVER = Sql("0")


def condition(item: Terms | Between, layout: Layout) -> Sql:
    """Return a condition on document `d`."""
    scope = item.scope
    if scope.kind == "response":
        return _of_responses(item, layout)
    if scope.kind == "record" and scope.name in _TIMES:
        return _of_times(item)
    column = _column(scope, layout)
    return _test(item, f"d.{column}") if column else _NEVER


def order(item: OrderBy, layout: Layout) -> Sql | None:
    """Return an ORDER BY term on document `d`; None if no record has the property."""
    direction = "DESC" if item.descending else "ASC"
    if item.scope.kind == "response":
        key = _mean_answer(item.scope, layout)
    else:
        column = _column(item.scope, layout)
        key = Sql(_single(f"d.{column}", descending=item.descending)) if column else None
    return Sql(f"{key.text} {direction} NULLS LAST", *key.values) if key else None


def _column(scope: Scope, layout: Layout) -> str | None:
    if scope.kind == "record":
        if scope.name not in RECORD_COLUMNS:
            raise InvalidConditionError(f"Records have no {scope.name}.")
        return scope.name
    if scope.kind == "metadata":
        return layout.property_column("metadata", scope.name)
    if scope.property not in _SUGGESTION_PARTS:
        raise InvalidConditionError(f"Suggestions have no {scope.property}.")
    return layout.property_column("suggestion", scope.name, scope.property)


def _single(column: str, *, descending: bool) -> str:
    """Return what a column sorts by: of several values the one that comes first."""
    pick = "max" if descending else "min"
    inner = f"SELECT {pick}(value) FROM {_each(column)}"
    return f"CASE typeof({column}) WHEN 'blob' THEN ({inner}) ELSE {column} END"


def _each(column: str) -> str:
    """Return a table of the values in a column that holds several."""
    return f"json_each(CASE typeof({column}) WHEN 'blob' THEN CAST({column} AS TEXT) END)"


def _test(item: Terms | Between, column: str) -> Sql:
    """Return a condition on a column of one value (as it is) or several (a JSON list as a blob)."""
    several = _compare(item, "value")
    inner = Sql(f"EXISTS (SELECT 1 FROM {_each(column)} WHERE {several.text})", *several.values)
    return _compare(item, column, several=inner)


def _compare(item: Terms | Between, value: str, *, several: Sql = _NEVER) -> Sql:
    """Compare one value; `several` says what holds of a column that has more."""
    if isinstance(item, Terms):
        # a number is asked for as text, in whatever way it is written
        numbers = [number for text in item.values if (number := as_number(text)) is not None]
        wanted = [*item.values, *numbers]
        one = Sql(f"{value} IN ({_marks(wanted)})", *wanted)
        text = f"CASE typeof({value}) WHEN 'blob' THEN {several.text} ELSE {one.text} END"
        return Sql(text, *several.values, *one.values)
    numeric, textual = _range(value, as_number, item), _range(value, str, item)
    text = (
        f"CASE typeof({value}) WHEN 'blob' THEN {several.text} "
        f"WHEN 'text' THEN {textual.text} ELSE {numeric.text} END"
    )
    return Sql(text, *several.values, *textual.values, *numeric.values)


def _range(value: str, read: Callable[[float | str], object], item: Between) -> Sql:
    bounds = [(">=", item.ge), ("<=", item.le)]
    given = [(operator, read(bound)) for operator, bound in bounds if bound is not None]
    text = " AND ".join(f"{value} {operator} ?" for operator, _ in given)
    return Sql(f"({text})" if given else f"{value} IS NOT NULL", *(bound for _, bound in given))


def _of_times(item: Terms | Between) -> Sql:
    column = f"d.{item.scope.name}"
    try:
        if isinstance(item, Terms):
            spans = [span_of(value) for value in item.values]
            text = " OR ".join([f"{column} BETWEEN ? AND ?"] * len(spans))
            return Sql(f"({text})", *(bound for span in spans for bound in span))
        ge = span_of(item.ge)[0] if item.ge is not None else LEAST
        le = span_of(item.le)[1] if item.le is not None else GREATEST
    except (ValueError, OverflowError) as error:
        raise InvalidConditionError(f"{item.scope.name} is compared with no time.") from error
    return Sql(f"{column} BETWEEN ? AND ?", ge, le)


def _of_responses(item: Terms | Between, layout: Layout) -> Sql:
    if not item.scope.name:
        if isinstance(item, Terms):
            return _status(item, layout)
        raise InvalidConditionError("The status of a response has no range.")
    column = layout.answer_column(item.scope.name)
    if column is None:
        return _NEVER
    test = _test(item, f"r.{column}")
    mine = _responses(item.scope, layout, f"({test.text})")
    return Sql(f"d.row IN ({mine.text})", *mine.values, *test.values)


def _status(item: Terms, layout: Layout) -> Sql:
    """Statuses of a user's response; `pending` means that there is none."""
    wanted = [status for status in item.values if status != PENDING]
    parts = []
    if wanted:
        found = _responses(item.scope, layout, f"r.status IN ({_marks(wanted)})")
        parts.append(Sql(f"d.row IN ({found.text})", *found.values, *wanted))
    if PENDING in item.values:
        found = _responses(item.scope, layout)
        parts.append(Sql(f"d.row NOT IN ({found.text})", *found.values))
    values = [value for part in parts for value in part.values]
    return Sql(f"({' OR '.join(part.text for part in parts)})", *values)


def _mean_answer(scope: Scope, layout: Layout) -> Sql | None:
    """Return the mean of the numbers that a question was answered with, or its first label."""
    column = layout.answer_column(scope.name) if scope.name else "status"
    if column is None:
        return None
    value = f"r.{column}"
    user, values = (" AND r.user = ?", (scope.user,)) if scope.user else ("", ())
    inner = (
        f"SELECT CASE typeof(min({value})) WHEN 'text' THEN min({value}) "
        f"WHEN 'null' THEN NULL ELSE avg({value}) END "
        f"FROM {layout.responses_table} r WHERE r.document = d.row{user}"
    )
    return Sql(f"({inner})", *values)


def _responses(scope: Scope, layout: Layout, *tests: str) -> Sql:
    """Return the documents with a response of the scope's user, or of anybody."""
    parts = [*(["r.user = ?"] if scope.user else []), *tests]
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    text = f"SELECT r.document FROM {layout.responses_table} r{where}"
    return Sql(text, *([scope.user] if scope.user else []))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
