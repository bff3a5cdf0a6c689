"""Votes as analysis needs them: one plain row a counted vote, its arms named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from workbench.judgments.tables import (
    answers,
    assignments,
    comparisons,
    people,
    scores,
    studies,
    votes,
)
from workbench.judgments.votes import Choice
from workbench.records import Message


@dataclass(frozen=True, slots=True)
class Ballot:
    """One counted vote. `scores` maps `criterion:side` to 1-10; a criterion may be unscored."""

    study_id: str
    split: str
    comparison_id: str
    example_id: str
    prompt: str  # chat turns as JSON
    rater: str
    simulated: bool
    arm_left: str
    arm_right: str
    text_left: str
    text_right: str
    choice: Choice
    cast_at: str
    scores: dict[str, int]


@dataclass(frozen=True, slots=True)
class IdenticalPair:
    """A comparison that nobody was shown, since both arms gave the same answer: a tie."""

    study_id: str
    split: str
    example_id: str
    arms: tuple[str, str]


def read_ballots(connection: Connection, study_id: str | None = None) -> list[Ballot]:
    """Return the votes that count, in the order of casting; of one study, or of all."""
    left, right, later = (
        answers.alias("left_answers"),
        answers.alias("right_answers"),
        votes.alias("later"),
    )
    query = (
        select(
            studies.c.study_id,
            studies.c.split,
            comparisons.c.comparison_id,
            comparisons.c.example_id,
            comparisons.c.prompt,
            people.c.person_id.label("rater"),
            people.c.simulated,
            left.c.arm.label("arm_left"),
            right.c.arm.label("arm_right"),
            left.c.text.label("text_left"),
            right.c.text.label("text_right"),
            votes.c.choice,
            votes.c.cast_at,
            votes.c.vote_id,
        )
        .select_from(votes)
        .join(assignments, assignments.c.assignment_id == votes.c.assignment_id)
        .join(comparisons, comparisons.c.comparison_id == assignments.c.comparison_id)
        .join(studies, studies.c.study_id == comparisons.c.study_id)
        .join(people, people.c.person_id == assignments.c.person_id)
        .join(left, left.c.answer_id == assignments.c.left_answer)
        .join(right, right.c.answer_id == assignments.c.right_answer)
        .outerjoin(later, later.c.supersedes == votes.c.vote_id)
        .where(later.c.vote_id.is_(None))
        .order_by(votes.c.cast_at, votes.c.vote_id)
    )
    if study_id is not None:
        query = query.where(studies.c.study_id == study_id)
    given = _scores(connection)
    found = []
    for row in connection.execute(query).mappings():
        values = {key: value for key, value in row.items() if key != "vote_id"}
        values["simulated"] = bool(values["simulated"])
        found.append(Ballot(**values, scores=given.get(row["vote_id"], {})))
    return found


def read_identical(connection: Connection, study_id: str | None = None) -> list[IdenticalPair]:
    """Return the comparisons that are ties because both answers are the same."""
    query = (
        select(studies.c.study_id, studies.c.split, comparisons.c.example_id, studies.c.arms)
        .join(comparisons, comparisons.c.study_id == studies.c.study_id)
        .where(comparisons.c.identical)
        .order_by(comparisons.c.position)
    )
    first, second = answers.alias("first_answers"), answers.alias("second_answers")
    query = (
        query.join(first, first.c.answer_id == comparisons.c.first_answer)
        .join(second, second.c.answer_id == comparisons.c.second_answer)
        .add_columns(first.c.arm.label("first_arm"), second.c.arm.label("second_arm"))
    )
    if study_id is not None:
        query = query.where(studies.c.study_id == study_id)
    return [
        IdenticalPair(row.study_id, row.split, row.example_id, (row.first_arm, row.second_arm))
        for row in connection.execute(query)
    ]


def last_user_turn(prompt: Sequence[Message]) -> str:
    """Return what the user said last: the text that a rater reads."""
    return next((turn["content"] for turn in reversed(prompt) if turn["role"] == "user"), "")


def _scores(connection: Connection) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(scores)):
        found.setdefault(row.vote_id, {})[f"{row.criterion}:{row.side}"] = row.score
    return found
