"""Studies: a frozen set of answers to compare blind, and who is shown which one where."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from random import Random
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from workbench.errors import NotFoundError
from workbench.judgments.clock import stamp
from workbench.judgments.tables import answers, assignments, comparisons, raters, studies, votes
from workbench.records import Message

StudyStatus = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Study:
    """A frozen comparison. `rubric` is as it stood in the task file on that day."""

    study_id: str
    name: str
    arms: tuple[str, ...]
    split: str
    rubric: tuple[dict[str, Any], ...]
    seed: int
    answers_digest: str
    sources: dict[str, Any]
    status: StudyStatus
    created_at: str


@dataclass(frozen=True, slots=True)
class StudyItem:
    """One prompt with the answer of every arm."""

    example_id: str
    prompt: tuple[Message, ...]
    answers: Mapping[str, str]  # arm -> text


@dataclass(frozen=True, slots=True)
class StudyCounts:
    """How much of a study is done. A `decided` comparison has at least one vote."""

    comparisons: int
    identical: int
    decided: int
    votes: int
    raters: int


def add_study(
    connection: Connection, study: Study, items: Sequence[StudyItem], now: datetime
) -> Study:
    """Store a study and everything that it will ever show."""
    connection.execute(
        insert(studies).values(
            study_id=study.study_id,
            name=study.name,
            arms=json.dumps(study.arms),
            split=study.split,
            rubric=json.dumps(study.rubric, ensure_ascii=False),
            seed=study.seed,
            answers_digest=study.answers_digest,
            sources=json.dumps(study.sources),
            status=study.status,
            created_at=stamp(now),
        )
    )
    order = Random(study.seed)  # noqa: S311 - a reproducible shuffle, not a secret
    pairs = [(item, pair) for item in items for pair in combinations(study.arms, 2)]
    order.shuffle(pairs)
    stored = {item.example_id: _add_answers(connection, study, item) for item in items}
    for arms in combinations(study.arms, 2):
        of_pair = [(place, item) for place, (item, pair) in enumerate(pairs) if pair == arms]
        # exactly half of a pair's comparisons start with its first arm on the left
        lefts = [index % 2 == 0 for index in range(len(of_pair))]
        order.shuffle(lefts)
        for (place, item), first_goes_left in zip(of_pair, lefts, strict=True):
            connection.execute(
                insert(comparisons).values(
                    comparison_id=f"c-{secrets.token_hex(8)}",
                    study_id=study.study_id,
                    position=place,
                    example_id=item.example_id,
                    prompt=json.dumps(item.prompt, ensure_ascii=False),
                    first_answer=stored[item.example_id][arms[0]],
                    second_answer=stored[item.example_id][arms[1]],
                    first_goes_left=first_goes_left,
                    identical=item.answers[arms[0]].split() == item.answers[arms[1]].split(),
                )
            )
    return study


def find_study(connection: Connection, study_id: str) -> Study:
    """Return a study by its id.

    Raises:
        NotFoundError: There is none.
    """
    row = connection.execute(select(studies).where(studies.c.study_id == study_id)).first()
    if row is None:
        raise NotFoundError(
            f"There is no study {study_id!r}.", "`workbench study status` lists them."
        )
    return _study(row)


def list_studies(connection: Connection) -> list[Study]:
    """Return every study, newest first."""
    rows = connection.execute(
        select(studies).order_by(studies.c.created_at.desc(), studies.c.study_id)
    )
    return [_study(row) for row in rows]


def set_status(connection: Connection, study_id: str, status: StudyStatus) -> None:
    """Open or close a study."""
    connection.execute(update(studies).where(studies.c.study_id == study_id).values(status=status))


def study_counts(connection: Connection, study_id: str) -> StudyCounts:
    """Return how much of a study is done."""
    of_study = comparisons.c.study_id == study_id
    shown = (
        select(votes.c.vote_id, assignments.c.comparison_id, assignments.c.person_id)
        .join(assignments, assignments.c.assignment_id == votes.c.assignment_id)
        .join(comparisons, comparisons.c.comparison_id == assignments.c.comparison_id)
        .where(of_study, votes.c.supersedes.is_(None))
        .subquery()
    )
    total, identical = connection.execute(
        select(func.count(), func.count().filter(comparisons.c.identical)).where(of_study)
    ).one()
    cast, decided, people = connection.execute(
        select(
            func.count(),
            func.count(shown.c.comparison_id.distinct()),
            func.count(shown.c.person_id.distinct()),
        ).select_from(shown)
    ).one()
    return StudyCounts(total, identical, decided, cast, people)


def rater_number(connection: Connection, study_id: str, person_id: str) -> int:
    """Return a person's number in a study, given at their first comparison."""
    number = connection.scalar(
        select(raters.c.number).where(
            raters.c.study_id == study_id, raters.c.person_id == person_id
        )
    )
    if number is not None:
        return int(number)
    count = connection.scalar(
        select(func.count()).select_from(raters).where(raters.c.study_id == study_id)
    )
    connection.execute(insert(raters).values(study_id=study_id, person_id=person_id, number=count))
    return int(count or 0)


def _add_answers(connection: Connection, study: Study, item: StudyItem) -> dict[str, str]:
    stored = {}
    for arm, text in item.answers.items():
        # random, not derived from the text: an id must not tell who wrote the answer
        stored[arm] = f"a-{secrets.token_hex(8)}"
        connection.execute(
            insert(answers).values(
                answer_id=stored[arm],
                study_id=study.study_id,
                example_id=item.example_id,
                arm=arm,
                text=text,
            )
        )
    return stored


def _study(row: Row[tuple[object, ...]]) -> Study:
    return Study(
        study_id=row.study_id,
        name=row.name,
        arms=tuple(json.loads(row.arms)),
        split=row.split,
        rubric=tuple(json.loads(row.rubric)),
        seed=row.seed,
        answers_digest=row.answers_digest,
        sources=json.loads(row.sources),
        status=row.status,
        created_at=row.created_at,
    )
