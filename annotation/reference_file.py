"""Reference answers from a file of the lead's, checked before anything is sent.

Each line is a JSON object. It names a row by `example_id` and answers some of the task's questions
under their names, such as `{"example_id": "…", "verdict": "keep", "rate_accuracy": 8}`. Where
generated answers are compared, A, B and so on stand for the samples 0, 1 and so on of the set,
since the lead does not know in which order they are shown; `ranking` says the rank of each, as in
`{"a": 1, "b": 2, "c": 2}`.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.calibration import is_compared
from annotation.label_folder import Assignment
from annotation.preference_task import SIDES
from annotation.tasks import CHOICE, RANKING, RATING_PREFIX, Definition
from workbench.errors import AnnotationError

_ROW = "example_id"
_SHOWN = 5
_MAX_NAME = 40  # characters of a wrong name or label that a message quotes

Values = Mapping[str, Any]


def read_reference_file(
    file: Path, definition: Definition, rows: Container[str]
) -> dict[str, Values]:
    """Return reference answers by row and question.

    Args:
        file: JSON Lines.
        definition: The task whose questions are answered.
        rows: Ids of the rows that can be asked about.

    Raises:
        AnnotationError: The file cannot be read, names a row or a label that is not there, rates
            outside of the scale, or says nothing; the first few problems are named by line.
    """
    try:
        lines = dict(_read_lines(file))
    except (OSError, ValueError) as exc:
        raise AnnotationError(
            f"The reference answers of {file} cannot be read: {exc}",
            "Write one JSON object a line, in UTF-8.",
        ) from exc
    problems = list(_problems(lines, definition, rows)) if lines else ["it holds no line"]
    if problems:
        raise _refusal(file, problems)
    return {
        line[_ROW]: {name: line[name] for name in line if name != _ROW} for line in lines.values()
    }


def as_shown(values: Values, order: Assignment | None) -> dict[str, Any]:
    """Return reference answers in the words of Argilla, A and B standing for what annotators see.

    Args:
        values: As a file has them: A is sample 0, B is sample 1, and so on.
        order: In which order the samples are shown; None where no answers are compared.
    """
    if order is None:
        return dict(values)
    shown = {SIDES[sample]: SIDES[place] for place, sample in enumerate(order.samples)}
    return {
        _shown_name(name, shown): _shown_value(name, value, shown) for name, value in values.items()
    }


def _shown_name(name: str, shown: Mapping[str, str]) -> str:
    if not name.startswith(RATING_PREFIX):
        return name
    side, _, criterion = name.removeprefix(RATING_PREFIX).partition("_")
    return f"{RATING_PREFIX}{shown[side]}_{criterion}"


def _shown_value(name: str, value: Any, shown: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    if name == RANKING:
        return [{"value": shown[side], "rank": value[side]} for side in sorted(value)]
    if name == CHOICE:
        side, _, rest = value.partition("_")
        return f"{shown[side]}_{rest}" if side in shown else value  # "both" has no side
    return value


def _read_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield the value of each line with its number; empty lines count and hold none."""
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as exc:
                raise ValueError(f"line {number}: {exc}") from exc


def _problems(
    lines: Mapping[int, Any], definition: Definition, rows: Container[str]
) -> Iterator[str]:
    questions = {question["name"]: question["settings"] for question in definition.questions}
    seen: set[str] = set()
    for number, line in lines.items():
        row = line.get(_ROW) if isinstance(line, dict) else None
        if not isinstance(row, str):
            yield f"line {number}: it is no object with an {_ROW}"
            continue
        if row in seen:
            yield f"line {number}: row {row[:_MAX_NAME]} stands on an earlier line too"
        elif row not in rows:
            yield f"line {number}: there is no row {row[:_MAX_NAME]} to ask about"
        seen.add(row)
        given = {name: value for name, value in line.items() if name != _ROW}
        if not given:
            yield f"line {number}: it answers no question"
        for name, value in given.items():
            if problem := _value_problem(name, value, questions):
                yield f"line {number}, {name[:_MAX_NAME]}: {problem}"


def _value_problem(name: str, value: object, questions: Mapping[str, Mapping[str, Any]]) -> str:
    settings = questions.get(name)
    if settings is None:
        return "the task has no such question"
    if not is_compared(name):
        return "it is not compared with a reference; leave it out"
    if settings["type"] == "text":
        return "" if isinstance(value, str) and value.strip() else "it is no text"
    options = [option["value"] for option in settings["options"]]
    if settings["type"] == "ranking":
        return _ranking_problem(value, options)
    if settings["type"] == "rating":
        return _rating_problem(value, options)
    if value in options:
        return ""
    return f"the task lacks the label {str(value)[:_MAX_NAME]!r}; it has {', '.join(options)}"


def _rating_problem(value: object, options: list[int]) -> str:
    # True equals 1, and 7.0 equals 7, for Python but not for Argilla
    if type(value) is int and value in options:
        return ""
    seen = str(value) if isinstance(value, (int, float)) else "that"
    return f"{seen} is no whole number from {options[0]} to {options[-1]}"


def _ranking_problem(value: object, sides: list[str]) -> str:
    if not isinstance(value, dict) or sorted(value) != sorted(sides):
        return f"it does not say the rank of each of {', '.join(sides)}"
    places = range(1, len(sides) + 1)
    if all(type(rank) is int and rank in places for rank in value.values()):
        return ""
    return f"a rank is no whole number from 1 to {len(sides)}"


def _refusal(file: Path, problems: list[str]) -> AnnotationError:
    shown = "\n".join(problems[:_SHOWN])
    more = f"\nand {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return AnnotationError(
        f"The reference answers of {file} cannot be used; nothing was sent.\n{shown}{more}",
        "Mend these lines, then run the command again. A row's id is its `example_id` in the "
        "version: `workbench data sql` lists them.",
    )
