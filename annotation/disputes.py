"""Compare the answers to the same records: where they differ, and how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from statistics import fmean

from annotation.aggregate import counted_by_record
from annotation.answer_distance import TEXTS, Value, counted_value, distance, is_measured
from annotation.label_folder import Revision
from annotation.tasks import SECOND_READER, VERDICT
from workbench.evaluation.closeness import Closeness


@dataclass(frozen=True, slots=True)
class Disputed:
    """A record on which people differ.

    Attributes:
        external_id: The record.
        dispute: Mean distance between two answers over questions, 0 (the same) to 1 (opposite).
        said: How many said what, by question. Texts are numbered, the most frequent first.
        simulated: Whether scripts said it.
    """

    external_id: str
    dispute: float
    said: Mapping[str, Mapping[str, int]]
    simulated: bool


@dataclass(frozen=True, slots=True)
class TextLikeness:
    """How alike texts are that several people wrote in the same place.

    Attributes:
        question: What they answered.
        simulated: Whether scripts wrote them.
        found: Mean likeness over each two texts of a record.
    """

    question: str
    simulated: bool
    found: Closeness


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comes of comparing all answers to the same records.

    Attributes:
        n_compared: Records with two answers that could be compared.
        disputed: Those on which answers differ, the most disputed first.
        likeness: How alike texts are, by question.
        not_compared: Questions that somebody answered and that have no distance.
    """

    n_compared: int
    disputed: tuple[Disputed, ...]
    likeness: tuple[TextLikeness, ...]
    not_compared: tuple[str, ...]


def compare_answers(revisions: Sequence[Revision]) -> Comparison:
    """Compare each two submitted answers to a record, question by question.

    Any difference counts, however small; see `answer_distance`. Scripts count only where no person
    has answered.
    """
    by_record, simulated = counted_by_record(revisions)
    apart = {name: _distances(answers) for name, answers in by_record.items()}
    disputed = [
        Disputed(name, fmean(map(fmean, found.values())), _said(by_record[name], found), simulated)
        for name, found in apart.items()
        if any(map(any, found.values()))
    ]
    asked = {
        question
        for answers in by_record.values()
        for answer in answers
        for question, value in answer.values.items()
        if value not in (None, "", [])
    }
    return Comparison(
        sum(map(bool, apart.values())),
        tuple(sorted(disputed, key=lambda item: (-item.dispute, item.external_id))),
        tuple(_likeness(question, apart, simulated) for question in sorted(asked & {*TEXTS})),
        tuple(sorted(question for question in asked if not is_measured(question))),
    )


def second_reader_records(revisions: Sequence[Revision]) -> list[str]:
    """Return the records for which anybody asks for a second reader, in the order of their ids."""
    by_record, _ = counted_by_record(revisions)
    return sorted(
        name
        for name, answers in by_record.items()
        if any(answer.values.get(VERDICT) == SECOND_READER for answer in answers)
    )


def _distances(answers: Sequence[Revision]) -> dict[str, list[float]]:
    """Return the distance between each two answers, by question that two answered."""
    found = {}
    for question in sorted({name for answer in answers for name in answer.values}):
        values = _values(question, answers)
        if len(values) > 1:
            # sorted, since a sum of floats depends on the order of its terms
            found[question] = sorted(distance(question, *two) for two in combinations(values, 2))
    return found


def _values(question: str, answers: Sequence[Revision]) -> list[Value]:
    given = [counted_value(question, answer.values) for answer in answers]
    return [value for value in given if value is not None]


def _said(
    answers: Sequence[Revision], apart: Mapping[str, Sequence[float]]
) -> dict[str, dict[str, int]]:
    return {
        question: _counted(question, _values(question, answers))
        for question, distances in apart.items()
        if any(distances)
    }


def _counted(question: str, values: Sequence[Value]) -> dict[str, int]:
    if question in TEXTS:
        # people's texts stay in the folder of the labels
        numbers = sorted(Counter(" ".join(str(value).split()) for value in values).values())
        return {f"text {place}": number for place, number in enumerate(numbers[::-1], start=1)}
    return dict(sorted(Counter(map(_written, values)).items()))


def _written(value: Value) -> str:
    """Return a value in words, a ranking as in `b > a = c`."""
    if not isinstance(value, list):
        return str(value)
    ordered = sorted(value, key=lambda item: (item["rank"], item["value"]))
    tied = groupby(ordered, key=lambda item: item["rank"])
    return " > ".join(" = ".join(item["value"] for item in group) for _, group in tied)


def _likeness(
    question: str, apart: Mapping[str, Mapping[str, Sequence[float]]], simulated: bool
) -> TextLikeness:
    alike = sorted(1 - each for found in apart.values() for each in found.get(question, ()))
    value = fmean(alike) if alike else None
    found = Closeness("similarity", value, sum(each == 1 for each in alike), len(alike))
    return TextLikeness(question, simulated, found)
