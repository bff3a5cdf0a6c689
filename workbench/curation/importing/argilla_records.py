"""Records exported from Argilla as rows whose columns are their fields and questions.

The value of a question is what was submitted; where nobody did, what was suggested. Both forms are
read: nested (`records.to_json`, also of Argilla 1) and flat (`records.to_datasets`, with columns
such as `summary.responses`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.curation.importing.rows import BadRow, Row
from workbench.curation.importing.tables import Table

_RESPONSES = ".responses"
_SUGGESTION = ".suggestion"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Stands where people gave different responses, of which no program can choose one."""

    n_values: int


@dataclass(frozen=True, slots=True)
class _FlatRow:
    """A row with other values than the file's."""

    row: Row
    values: Mapping[str, object]

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def place(self) -> str:
        return self.row.place

    @property
    def raw(self) -> bytes:
        return self.row.raw

    def bad_byte(self, encoding: str) -> tuple[int, int] | None:
        return self.row.bad_byte(encoding)


def is_argilla(table: Table) -> bool:
    """Say whether a table holds records of Argilla."""
    if any(column.endswith(_RESPONSES) for column in table.columns):
        return True
    return any(
        isinstance(row.values.get("fields"), Mapping)
        and {"responses", "suggestions"} & set(row.values)
        for row in table.sample
    )


def flatten(table: Table) -> Table:
    """Return the table with a column for each field and each question."""
    sample = tuple(_FlatRow(row, _flat(row.values)) for row in table.sample)
    columns = tuple(dict.fromkeys(name for row in sample for name in row.values))
    return replace(table, columns=columns, sample=sample, rows=_flat_rows(table.rows))


def _flat_rows(rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
    for row in rows:
        yield row if isinstance(row, BadRow) else _FlatRow(row, _flat(row.values))


def _flat(values: Mapping[str, object]) -> dict[str, object]:
    fields = values.get("fields")
    if isinstance(fields, Mapping):
        found = {str(name): _field(value) for name, value in fields.items()}
        return found | _suggestions(values.get("suggestions")) | _responses(values.get("responses"))
    plain = {name: value for name, value in values.items() if "." not in name}
    suggested = _with_ending(values, _SUGGESTION)
    answered = {
        name: _agreed(given)
        for name, given in _with_ending(values, _RESPONSES).items()
        if isinstance(given, list) and given
    }
    return plain | suggested | answered


def _with_ending(values: Mapping[str, object], ending: str) -> dict[str, object]:
    return {
        name.removesuffix(ending): value
        for name, value in values.items()
        if name.endswith(ending) and value is not None
    }


def _field(value: object) -> object:
    return value.get("value", value) if isinstance(value, Mapping) else value


def _suggestions(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):  # question to suggestion
        return {str(name): _field(found) for name, found in value.items() if found is not None}
    found = value if isinstance(value, list) else []
    return {
        str(item["question_name"]): item.get("value")
        for item in found
        if isinstance(item, Mapping) and "question_name" in item
    }


def _responses(value: object) -> dict[str, object]:
    given: dict[str, list[object]] = {}
    if isinstance(value, Mapping):  # question to the responses of all people
        for name, answers in value.items():
            given[str(name)] = [
                _field(answer)
                for answer in (answers if isinstance(answers, list) else [answers])
                if _is_submitted(answer)
            ]
    for person in value if isinstance(value, list) else []:  # Argilla 1: one entry a person
        if isinstance(person, Mapping) and _is_submitted(person):
            answers = person.get("values")
            for name, answer in answers.items() if isinstance(answers, Mapping) else ():
                given.setdefault(str(name), []).append(_field(answer))
    return {name: _agreed(values) for name, values in given.items() if values}


def _is_submitted(answer: object) -> bool:
    status = answer.get("status") if isinstance(answer, Mapping) else None
    return status in (None, "submitted", "ResponseStatus.submitted")


def _agreed(values: Sequence[object]) -> object:
    distinct = [value for index, value in enumerate(values) if value not in values[:index]]
    return distinct[0] if len(distinct) == 1 else Disagreement(len(distinct))
