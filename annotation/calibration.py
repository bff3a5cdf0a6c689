"""Calibration: everybody answers the same records first and is compared with a reference.

Annotators answer a dataset of its own. The reference answers come from a file, which stays in the
home, or from one person, who answers in a workspace where nobody else works: Argilla shows an
annotator's key every answer of the workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.aggregate import submitted_by_record
from annotation.label_folder import Revision
from annotation.quality import is_simulated
from annotation.rankings import orders
from annotation.tasks import ANSWER, CHOICE, DROP, RANKING, RATING_PREFIX, VERDICT, Definition
from workbench.evaluation.closeness import (
    Closeness,
    equal_share,
    mean_distance,
    mean_similarity,
)

SUFFIX, REFERENCE_SUFFIX = "-calibration", "-reference"
_CHOSEN = (VERDICT, CHOICE)
_CALIBRATION_GUIDELINES = (
    "## Everybody answers these\n\nAnswer on your own: your answers are compared with reference "
    "answers. They show whether all understand the task alike; no model learns from them.\n\n"
)
_REFERENCE_GUIDELINES = (
    "## Your answers are the reference\n\nWhat the annotators answer to these records is compared "
    "with what you say. They cannot see it.\n\n"
)

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class AnnotatorCalibration:
    """How one user did on a calibration set.

    Attributes:
        username: Who.
        simulated: Whether it is a script.
        n_answered: Records with a submitted answer.
        n_items: Records that everybody answers.
        closeness: How close the answers are to the reference, by question.
    """

    username: str
    simulated: bool
    n_answered: int
    n_items: int
    closeness: Mapping[str, Closeness]

    @property
    def is_done(self) -> bool:
        return self.n_answered == self.n_items


def calibration_task(definition: Definition, *, n_answers: int) -> Definition:
    """Return the dataset that everybody answers.

    Args:
        definition: The task; the same is asked.
        n_answers: How many people answer. A record leaves nobody's queue before all have.
    """
    return _variant(definition, SUFFIX, _CALIBRATION_GUIDELINES, n_answers)


def reference_task(definition: Definition) -> Definition:
    """Return the dataset in which one person gives the reference; see `calibration_task`."""
    return _variant(definition, REFERENCE_SUFFIX, _REFERENCE_GUIDELINES, 1)


def is_compared(question: str) -> bool:
    """Tell whether answers to a question are compared with the reference."""
    return question in (*_CHOSEN, RANKING, ANSWER) or question.startswith(RATING_PREFIX)


def reference_of(revisions: Sequence[Revision], person: str) -> dict[str, Mapping[str, Any]]:
    """Return what a person submitted, by record."""
    mine = [revision for revision in revisions if revision.username == person]
    return {name: found[-1].values for name, found in submitted_by_record(mine).items()}


def compare_annotators(
    revisions: Sequence[Revision], reference: Answers, items: Sequence[str], people: Iterable[str]
) -> list[AnnotatorCalibration]:
    """Return how each user did, people first.

    Args:
        revisions: The present state of every answer to the calibration set.
        reference: Reference answers by record and question.
        items: External ids of the records that everybody answers.
        people: Who should answer, whether they did or not.
    """
    said: dict[str, dict[str, Mapping[str, Any]]] = {name: {} for name in people}
    for record, answers in submitted_by_record(revisions).items():
        for answer in answers:
            said.setdefault(answer.username, {})[record] = answer.values
    asked = set(items)
    return [
        AnnotatorCalibration(
            name,
            is_simulated(name),
            len(asked & said[name].keys()),
            len(asked),
            compare(said[name], reference),
        )
        for name in sorted(said, key=lambda name: (is_simulated(name), name))
    ]


def compare(said: Answers, reference: Answers) -> dict[str, Closeness]:
    """Return how close one person's answers are to the reference, by question of the reference.

    Verdicts and choices by the share that is equal, rankings by the share of each two answers that
    are put in the same order, ratings by their mean distance, edited answers by likeness where
    neither would drop the row. Marks, problems and remarks are not compared.
    """
    asked = {name for values in reference.values() for name in values if is_compared(name)}
    shared = sorted(said.keys() & reference.keys())
    pairs = [(said[record], reference[record]) for record in shared]
    return {question: _compare_question(question, pairs) for question in sorted(asked)}


def _compare_question(
    question: str, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> Closeness:
    both = [each for each in pairs if all(values.get(question) is not None for values in each)]
    if question == ANSWER:
        kept = [each for each in both if all(values.get(VERDICT) != DROP for values in each)]
        return mean_similarity([(mine[question], wanted[question]) for mine, wanted in kept])
    if question == RANKING:
        return equal_share(
            [
                order
                for each in both
                for order in zip(*(orders(of[question]).values() for of in each), strict=True)
            ]
        )
    values = [(mine[question], wanted[question]) for mine, wanted in both]
    return equal_share(values) if question in _CHOSEN else mean_distance(values)


def _variant(definition: Definition, suffix: str, guidelines: str, n_answers: int) -> Definition:
    shown = f"{guidelines}{definition.settings['guidelines'] or ''}"
    settings = {
        **definition.settings,
        "guidelines": shown,
        "distribution": {"strategy": "overlap", "min_submitted": n_answers},
    }
    return replace(definition, name=f"{definition.name}{suffix}", settings=settings)
