"""A rater's sitting: the next blind comparison, the vote, the names; the votes for the report."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import ConfigError
from workbench.home import Home
from workbench.judgments import Judgments, Person, open_judgments, studies, votes
from workbench.judgments.ballots import Ballot, IdenticalPair, read_ballots, read_identical
from workbench.judgments.clock import utc_now
from workbench.judgments.studies import Study
from workbench.judgments.votes import CHOICES, SIDES, Assignment, Scores, Side, Vote


@dataclass(frozen=True, slots=True)
class Ballotsheet:
    """What a rater sees: their comparison (None when they have judged all) and how far they are."""

    study_id: str
    rubric: tuple[dict[str, Any], ...]
    assignment: Assignment | None
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class VoteSummary:
    """Every counted vote as plain rows, and the counts that a table starts from.

    `rows` has one entry a vote: study, split, prompt (the example's id), rater, simulated,
    arm_left, arm_right, choice, cast_at, scores (`criterion:side` -> 1-10). `ties_unshown` are
    comparisons that nobody was shown because both answers were the same.
    """

    rows: tuple[dict[str, Any], ...]
    ties_unshown: tuple[dict[str, Any], ...]
    pairs: dict[str, dict[str, int]]
    mean_scores: dict[str, dict[str, float]]
    n_scores: dict[str, dict[str, int]]
    n_votes: int
    n_prompts: int
    n_raters: int
    n_simulated: int


def open_study(judgments: Judgments) -> Study | None:
    """Return the newest study that takes votes, or None."""
    with judgments.read() as connection:
        found = studies.list_studies(connection)
    return next((study for study in found if study.status == "open"), None)


def next_assignment(
    judgments: Judgments, person: Person, study_id: str | None = None
) -> Ballotsheet | None:
    """Return what this rater should judge next in the open study, or None if no study is open."""
    study = _study(judgments, study_id) if study_id else open_study(judgments)
    if study is None:
        return None
    assignment = judgments.write(
        lambda connection: votes.next_assignment(
            connection, study.study_id, person.person_id, utc_now()
        )
    )
    with judgments.read() as connection:
        done, total = votes.progress(connection, study.study_id, person.person_id)
    return Ballotsheet(study.study_id, study.rubric, assignment, done, total)


def cast_vote(
    judgments: Judgments,
    person: Person,
    assignment_id: str,
    choice: str,
    *,
    scores: Mapping[str, int] | None = None,
    idempotency_key: str,
) -> Vote:
    """Store a vote; when this returns it is on the disk.

    Args:
        judgments: The open database.
        person: Who votes; the comparison must be theirs.
        assignment_id: Which comparison.
        choice: left, right, both_usable or both_unusable.
        scores: `criterion:left` or `criterion:right` to 1-10; unscored ones are left out.
        idempotency_key: The same key again is the same click, and is stored once.

    Raises:
        ConfigError: The choice or a score is not one of the study's.
        NotFoundError: The comparison is not this person's.
        NotSavedError: It could not be written; keep what was entered.
    """
    if choice not in CHOICES:
        raise ConfigError(f"{choice!r} is not a choice.", f"Choices: {', '.join(CHOICES)}.")
    if not 8 <= len(idempotency_key) <= 100:
        raise ConfigError("The vote has no usable key.", "Send 8 to 100 characters.")
    with judgments.read() as connection:
        shown = votes.find_assignment(connection, assignment_id, person.person_id)
    study = _study(judgments, shown.study_id)
    if study.status != "open":
        raise ConfigError("This study is closed and takes no more votes.", "Ask your lead.")
    given = _scores(scores or {}, study)
    key = f"{person.person_id}:{idempotency_key}"  # a key is one person's, whatever they send
    return judgments.write(
        lambda connection: votes.add_vote(
            connection,
            votes.find_assignment(connection, assignment_id, person.person_id),
            choice,
            given,
            idempotency_key=key,
            now=utc_now(),
        )
    )


def reveal(judgments: Judgments, person: Person, assignment_id: str) -> dict[Side, str]:
    """Return which arm stood where; only after the vote, which then stands.

    Raises:
        ConfigError: There is no vote yet.
    """
    return judgments.write(
        lambda connection: votes.reveal(
            connection,
            votes.find_assignment(connection, assignment_id, person.person_id),
            utc_now(),
        )
    )


def keep_scores(
    judgments: Judgments, person: Person, assignment_id: str, scores: Mapping[str, int]
) -> Vote | None:
    """Keep the score sheet as it stands; return the vote that carries it, None before the vote.

    Before the vote the scores are a draft, so that a reload does not lose them. After it they
    become a vote of the same choice that supersedes the first, so that what counts is what the
    rater sees.

    Raises:
        ConfigError: A score is not one of the study's, or the names were shown already.
        NotFoundError: The comparison is not this person's.
        NotSavedError: They could not be written.
    """
    with judgments.read() as connection:
        shown = votes.find_assignment(connection, assignment_id, person.person_id)
    if shown.choice is not None:
        key = f"scores-{secrets.token_hex(8)}"
        return cast_vote(
            judgments, person, assignment_id, shown.choice, scores=scores, idempotency_key=key
        )
    judgments.write(
        lambda connection: votes.save_draft(
            connection,
            votes.find_assignment(connection, assignment_id, person.person_id),
            scores,
            utc_now(),
        )
    )
    return None


def vote_summary(home: Home) -> VoteSummary:
    """Return every vote that counts, in every study, for tables and intervals."""
    if not home.judgments_file.is_file():
        return summarise((), ())
    with open_judgments(home.judgments_file) as judgments, judgments.read() as connection:
        return summarise(read_ballots(connection), read_identical(connection))


def summarise(ballots: Sequence[Ballot], identical: Sequence[IdenticalPair]) -> VoteSummary:
    """Count votes per pair of arms and mean scores per arm; nothing is left out or weighted."""
    pairs: dict[str, Counter[str]] = {}
    given: dict[str, dict[str, list[int]]] = {}
    for ballot in ballots:
        arms = {"left": ballot.arm_left, "right": ballot.arm_right}
        pair = " vs ".join(sorted(arms.values()))
        pairs.setdefault(pair, Counter())[arms.get(ballot.choice, ballot.choice)] += 1
        for place, score in ballot.scores.items():
            criterion, _, side = place.rpartition(":")
            given.setdefault(criterion, {}).setdefault(arms[side], []).append(score)
    return VoteSummary(
        rows=tuple(_row(ballot) for ballot in ballots),
        ties_unshown=tuple(
            {
                "study": item.study_id,
                "split": item.split,
                "prompt": item.example_id,
                "arms": list(item.arms),
            }
            for item in identical
        ),
        pairs={pair: dict(counts) for pair, counts in pairs.items()},
        mean_scores={
            criterion: {arm: sum(values) / len(values) for arm, values in arms.items()}
            for criterion, arms in given.items()
        },
        n_scores={
            criterion: {arm: len(values) for arm, values in arms.items()}
            for criterion, arms in given.items()
        },
        n_votes=len(ballots),
        n_prompts=len({ballot.example_id for ballot in ballots}),
        n_raters=len({ballot.rater for ballot in ballots}),
        n_simulated=sum(ballot.simulated for ballot in ballots),
    )


def _row(ballot: Ballot) -> dict[str, Any]:
    return {
        "study": ballot.study_id,
        "split": ballot.split,
        "prompt": ballot.example_id,
        "rater": ballot.rater,
        "simulated": ballot.simulated,
        "arm_left": ballot.arm_left,
        "arm_right": ballot.arm_right,
        "choice": ballot.choice,
        "cast_at": ballot.cast_at,
        "scores": ballot.scores,
    }


def _study(judgments: Judgments, study_id: str) -> Study:
    with judgments.read() as connection:
        return studies.find_study(connection, study_id)


def _scores(scores: Mapping[str, int], study: Study) -> Scores:
    known = {criterion["name"] for criterion in study.rubric}
    given: dict[tuple[str, Side], int] = {}
    for place, score in scores.items():
        criterion, _, side = place.rpartition(":")
        if criterion not in known or side not in SIDES:
            raise ConfigError(
                f"{place!r} is not a line of this study's score sheet.",
                f"Use criterion:left or criterion:right with {', '.join(sorted(known))}.",
            )
        if isinstance(score, bool) or not isinstance(score, int) or not 1 <= score <= 10:
            raise ConfigError(f"The score for {place} is {score!r}.", "Scores are 1 to 10.")
        given[criterion, side] = score
    return given
