"""Assignments and votes: what a rater sees next, what they said, and how often it counts (once)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.sql.selectable import Select

from workbench.errors import ConfigError, NotFoundError
from workbench.judgments.clock import stamp
from workbench.judgments.studies import rater_number
from workbench.judgments.tables import (
    answers,
    assignments,
    comparisons,
    drafts,
    scores,
    studies,
    votes,
)
from workbench.records import Message

Choice = Literal["left", "right", "both_usable", "both_unusable"]
Side = Literal["left", "right"]
Scores = Mapping[tuple[str, Side], int]  # (criterion, side) -> 1 to 10

CHOICES: tuple[Choice, ...] = ("left", "right", "both_usable", "both_unusable")
SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Two answers as one rater is shown them; nothing in it tells who wrote them."""

    assignment_id: str
    study_id: str
    prompt: tuple[Message, ...]
    left: str
    right: str
    choice: Choice | None = None
    vote_id: str | None = None
    revealed: bool = False
    draft: dict[str, int] = field(default_factory=dict)  # "criterion:side" -> score


@dataclass(frozen=True, slots=True)
class Vote:
    """A stored vote; `repeated` means that this very click was stored before."""

    vote_id: str
    assignment_id: str
    choice: Choice
    repeated: bool


def next_assignment(
    connection: Connection, study_id: str, person_id: str, now: datetime
) -> Assignment | None:
    """Return the comparison that this rater should judge, or None when they have judged all.

    The same one comes back until it has a vote. Who stands left was drawn with the study; raters
    with an odd number see the mirror image, so each prompt is shown both ways round.
    """
    row = connection.execute(
        _seen(study_id, person_id).where(votes.c.vote_id.is_(None)).limit(1)
    ).first()
    if row is not None:
        return _assignment(connection, row.assignment_id)
    mine = select(assignments.c.comparison_id).where(assignments.c.person_id == person_id)
    fresh = connection.execute(
        select(comparisons)
        .where(
            comparisons.c.study_id == study_id,
            comparisons.c.identical.is_(False),
            comparisons.c.comparison_id.not_in(mine),
        )
        .order_by(comparisons.c.position)
        .limit(1)
    ).first()
    if fresh is None:
        return None
    mirrored = rater_number(connection, study_id, person_id) % 2 == 1
    pair = (fresh.first_answer, fresh.second_answer)
    left, right = pair if fresh.first_goes_left != mirrored else pair[::-1]
    assignment_id = f"s-{secrets.token_hex(8)}"
    connection.execute(
        insert(assignments).values(
            assignment_id=assignment_id,
            comparison_id=fresh.comparison_id,
            person_id=person_id,
            left_answer=left,
            right_answer=right,
            shown_at=stamp(now),
        )
    )
    return _assignment(connection, assignment_id)


def find_assignment(connection: Connection, assignment_id: str, person_id: str) -> Assignment:
    """Return one of a person's own assignments.

    Raises:
        NotFoundError: There is none of that id, or it is somebody else's.
    """
    owner = connection.scalar(
        select(assignments.c.person_id).where(assignments.c.assignment_id == assignment_id)
    )
    if owner != person_id:
        raise NotFoundError("There is no such comparison.", "Reload the page for the next one.")
    return _assignment(connection, assignment_id)


def add_vote(
    connection: Connection,
    assignment: Assignment,
    choice: Choice,
    given: Scores,
    *,
    idempotency_key: str,
    now: datetime,
) -> Vote:
    """Store a vote with its scores; the same key again returns the vote that it stored.

    A vote on a comparison that has one already supersedes it, until the names were shown.

    Raises:
        ConfigError: The key belongs to another vote, or the names were shown already.
    """
    known = connection.execute(
        select(votes).where(votes.c.idempotency_key == idempotency_key)
    ).first()
    if known is not None:
        if (known.assignment_id, known.choice) != (assignment.assignment_id, choice) or (
            _scores_of(connection, known.vote_id) != given
        ):
            raise ConfigError(
                "This vote key belongs to another vote.", "Send a new key for each new vote."
            )
        return Vote(known.vote_id, known.assignment_id, known.choice, repeated=True)
    if assignment.revealed:
        raise ConfigError(
            "The names were shown after your vote, so it stands.", "Go on to the next prompt."
        )
    vote = Vote(f"v-{secrets.token_hex(8)}", assignment.assignment_id, choice, repeated=False)
    connection.execute(
        insert(votes).values(
            vote_id=vote.vote_id,
            assignment_id=assignment.assignment_id,
            choice=choice,
            supersedes=assignment.vote_id,
            idempotency_key=idempotency_key,
            cast_at=stamp(now),
        )
    )
    for (criterion, side), score in given.items():
        connection.execute(
            insert(scores).values(vote_id=vote.vote_id, criterion=criterion, side=side, score=score)
        )
    return vote


def _scores_of(connection: Connection, vote_id: str) -> Scores:
    rows = connection.execute(select(scores).where(scores.c.vote_id == vote_id))
    return {(row.criterion, row.side): row.score for row in rows}


def reveal(connection: Connection, assignment: Assignment, now: datetime) -> dict[Side, str]:
    """Return which arm stood where, and note that the rater knows it now.

    Raises:
        ConfigError: There is no vote yet.
    """
    if assignment.vote_id is None:
        raise ConfigError("The names are shown only after the vote.", "Vote first.")
    connection.execute(
        update(assignments)
        .where(
            assignments.c.assignment_id == assignment.assignment_id,
            assignments.c.revealed_at.is_(None),
        )
        .values(revealed_at=stamp(now))
    )
    row = connection.execute(
        select(assignments.c.left_answer, assignments.c.right_answer).where(
            assignments.c.assignment_id == assignment.assignment_id
        )
    ).one()
    arms = {
        item.answer_id: item.arm
        for item in connection.execute(
            select(answers.c.answer_id, answers.c.arm).where(
                answers.c.answer_id.in_((row.left_answer, row.right_answer))
            )
        )
    }
    return {"left": arms[row.left_answer], "right": arms[row.right_answer]}


def save_draft(
    connection: Connection, assignment: Assignment, draft: Mapping[str, int], now: datetime
) -> None:
    """Keep scores that were given but not voted with, so that a reload does not lose them."""
    values = {"scores": json.dumps(dict(draft)), "saved_at": stamp(now)}
    changed = connection.execute(
        update(drafts).where(drafts.c.assignment_id == assignment.assignment_id).values(**values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(drafts).values(assignment_id=assignment.assignment_id, **values))


def progress(connection: Connection, study_id: str, person_id: str) -> tuple[int, int]:
    """Return how many comparisons this rater has judged, of how many."""
    total = connection.scalar(
        select(func.count())
        .select_from(comparisons)
        .where(comparisons.c.study_id == study_id, comparisons.c.identical.is_(False))
    )
    judged = _seen(study_id, person_id).where(votes.c.vote_id.is_not(None)).subquery()
    done = connection.scalar(
        select(func.count(judged.c.assignment_id.distinct())).select_from(judged)
    )
    return int(done or 0), int(total or 0)


def _seen(study_id: str, person_id: str) -> Select[tuple[str]]:
    """Select a rater's assignments in a study, each joined with its votes if it has any."""
    return (
        select(assignments.c.assignment_id)
        .join(comparisons, comparisons.c.comparison_id == assignments.c.comparison_id)
        .outerjoin(votes, votes.c.assignment_id == assignments.c.assignment_id)
        .where(comparisons.c.study_id == study_id, assignments.c.person_id == person_id)
    )


def _assignment(connection: Connection, assignment_id: str) -> Assignment:
    left, right = answers.alias("left_answers"), answers.alias("right_answers")
    row = connection.execute(
        select(
            assignments.c.assignment_id,
            assignments.c.revealed_at,
            comparisons.c.study_id,
            comparisons.c.prompt,
            left.c.text.label("left_text"),
            right.c.text.label("right_text"),
            drafts.c.scores.label("draft"),
        )
        .join(comparisons, comparisons.c.comparison_id == assignments.c.comparison_id)
        .join(studies, studies.c.study_id == comparisons.c.study_id)
        .join(left, left.c.answer_id == assignments.c.left_answer)
        .join(right, right.c.answer_id == assignments.c.right_answer)
        .outerjoin(drafts, drafts.c.assignment_id == assignments.c.assignment_id)
        .where(assignments.c.assignment_id == assignment_id)
    ).one()
    vote = current_vote(connection, assignment_id)
    return Assignment(
        assignment_id=assignment_id,
        study_id=row.study_id,
        prompt=tuple(cast("Message", turn) for turn in json.loads(row.prompt)),
        left=row.left_text,
        right=row.right_text,
        choice=vote.choice if vote else None,
        vote_id=vote.vote_id if vote else None,
        revealed=row.revealed_at is not None,
        draft=json.loads(row.draft) if row.draft else {},
    )


def current_vote(connection: Connection, assignment_id: str) -> Row[tuple[object, ...]] | None:
    """Return the vote that no other supersedes, or None."""
    later = votes.alias("later")
    return connection.execute(
        select(votes)
        .outerjoin(later, later.c.supersedes == votes.c.vote_id)
        .where(votes.c.assignment_id == assignment_id, later.c.vote_id.is_(None))
    ).first()
