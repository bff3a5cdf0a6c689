"""What a search may ask for, as plain values, and its translation to SQL."""

# ruff: noqa: S608 - only names of ours are put into statements; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

PENDING = "pending"
RECORD_COLUMNS = ("id", "external_id", "status", "inserted_at", "updated_at")
_TIMES = ("inserted_at", "updated_at")
_SUGGESTION_COLUMNS = ("value", "score", "agent", "type")


class UnknownScopeError(ValueError):
    """A filter or an order names a property that records do not have."""


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
    property: str = "value"
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


def milliseconds(value: datetime | float | str) -> float:
    """Return a time as milliseconds since 1970; Argilla's times are UTC without a zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return zoned.timestamp() * 1000.0
    return float(value)


def condition(item: Terms | Between) -> Sql:
    """Return a condition on document `d`."""
    if item.scope.kind == "response" and not item.scope.name:
        if not isinstance(item, Terms):
            raise UnknownScopeError("Response status has no range.")
        return _status(item)
    source, value, values = _values_of(item.scope)
    test = _test(item, value)
    return Sql(f"EXISTS (SELECT 1 FROM {source} AND {test.text})", *values, *test.values)


def order(item: OrderBy) -> Sql:
    """Return an ORDER BY term on document `d`; several values of a record count by their mean."""
    direction = "DESC" if item.descending else "ASC"
    scope = item.scope
    if scope.kind == "record":
        return Sql(f"d.{_column(scope.name)} {direction} NULLS LAST")
    if scope.kind == "response" and not scope.name:
        user, values = _user(scope)
        inner = f"SELECT min(r.status) FROM responses r WHERE r.document = d.row{user}"
        return Sql(f"({inner}) {direction} NULLS LAST", *values)
    source, value, values = _values_of(scope)
    inner = (
        f"SELECT CASE WHEN max(typeof({value}) = 'text') THEN min({value}) ELSE avg({value}) END "
        f"FROM {source}"
    )
    return Sql(f"({inner}) {direction} NULLS LAST", *values)


def _values_of(scope: Scope) -> tuple[str, str, tuple[Any, ...]]:
    """Return where a property's values come from, the value's expression and the parameters."""
    if scope.kind == "record":
        return "(SELECT 1) WHERE 1", f"d.{_column(scope.name)}", ()
    if scope.kind == "metadata":
        source = "json_each(d.metadata) p WHERE p.key = ?"
        return source, "p.value", (scope.name,)
    if scope.kind == "suggestion":
        if scope.property not in _SUGGESTION_COLUMNS:
            raise UnknownScopeError(f"Suggestions have no {scope.property}.")
        source = (
            f"suggestions s, json_each(s.{scope.property}) v "
            "WHERE s.document = d.row AND s.question = ?"
        )
        return source, "v.value", (scope.name,)
    user, values = _user(scope)
    source = (
        "responses r, json_each(r.answers) a, "
        "json_each(CASE WHEN a.type IN ('array', 'object') THEN a.value "
        "ELSE json_array(a.value) END) v "
        f"WHERE r.document = d.row{user} AND a.key = ?"
    )
    return source, "v.value", (*values, scope.name)


def _test(item: Terms | Between, value: str) -> Sql:
    is_time = item.scope.kind == "record" and item.scope.name in _TIMES
    if isinstance(item, Terms):
        wanted: Sequence[Any] = [milliseconds(v) for v in item.values] if is_time else item.values
        marks = ", ".join("?" * len(wanted))
        compared = value if is_time else f"CAST({value} AS TEXT)"
        return Sql(f"{compared} IN ({marks})", *wanted)
    parts, values = [f"{value} IS NOT NULL"], []
    for operator, bound in ((">=", item.ge), ("<=", item.le)):
        if bound is not None:
            parts.append(f"{value} {operator} ?")
            values.append(milliseconds(bound) if is_time else bound)
    return Sql(" AND ".join(parts), *values)


def _status(item: Terms) -> Sql:
    """Statuses of a user's response; `pending` means that there is none."""
    user, values = _user(item.scope)
    mine = f"SELECT 1 FROM responses r WHERE r.document = d.row{user}"
    wanted = [status for status in item.values if status != PENDING]
    parts, parameters = [], []
    if wanted:
        parts.append(f"EXISTS ({mine} AND r.status IN ({', '.join('?' * len(wanted))}))")
        parameters += [*values, *wanted]
    if PENDING in item.values:
        parts.append(f"NOT EXISTS ({mine})")
        parameters += values
    return Sql(f"({' OR '.join(parts)})", *parameters)


def _user(scope: Scope) -> tuple[str, tuple[str, ...]]:
    return (" AND r.user = ?", (scope.user,)) if scope.user else ("", ())


def _column(name: str) -> str:
    if name not in RECORD_COLUMNS:
        raise UnknownScopeError(f"Records have no {name}.")
    return name
