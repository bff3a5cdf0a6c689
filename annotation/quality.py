"""How labelling goes: each annotator's pace, agreement, disputed records, answers nobody read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise
from statistics import mean, median

from annotation.aggregate import SUBMITTED, submitted_by_record
from annotation.label_folder import Revision
from annotation.reading_material import ReadingMaterial
from annotation.roster import SIMULATED_PREFIX
from annotation.tasks import (
    ANSWER,
    CHOICE,
    CHOICES,
    DROP,
    KEEP,
    RATING_PREFIX,
    SECOND_READER,
    VERDICT,
)
from workbench.evaluation.agreement import Agreement, Opinion, Scale, agreement

# A longer pause is no work on one record.
BREAK_SECONDS = 15 * 60
# People read 238 words a minute (Brysbaert, "How many words do we read per minute?", 2019). Who
# takes less than a quarter of that time cannot have read the record.
UNREAD_WORDS_PER_SECOND = 4 * 238 / 60
_RATING_SPAN = 9  # from 1 to 10
_CHOICE_SPAN = 4  # from -2 to 2


@dataclass(frozen=True, slots=True)
class AnnotatorProgress:
    """What one user did.

    Attributes:
        username: Who.
        simulated: Whether it is a script.
        n_submitted: Submitted answers.
        n_drafts: Answers saved, not submitted.
        n_discarded: Records put aside.
        seconds_per_answer: Median time from one answer to the next, breaks left out; None if none
            could be measured.
        n_timed: Answers whose time is known: not the first, none after a break.
        n_untouched: Submitted answers that are the draft as it was.
        n_unread: Answers of known time that came too fast for the record to have been read; of
            instructions, untouched ones alone.
        last_at: Time of the last change, UTC; empty if there is none.
    """

    username: str
    simulated: bool
    n_submitted: int
    n_drafts: int
    n_discarded: int
    seconds_per_answer: float | None
    n_timed: int
    n_untouched: int
    n_unread: int
    last_at: str


@dataclass(frozen=True, slots=True)
class QuestionAgreement:
    """Agreement on one question; `simulated` if scripts answered, who count where no person did."""

    question: str
    scale: Scale
    simulated: bool
    found: Agreement


@dataclass(frozen=True, slots=True)
class Disputed:
    """A record on which people differ.

    Attributes:
        external_id: The record.
        dispute: Mean distance between two answers over questions, 0 (the same) to 1 (opposite).
        said: How many said what, by question.
        simulated: Whether scripts said it.
    """

    external_id: str
    dispute: float
    said: Mapping[str, Mapping[str, int]]
    simulated: bool


def is_simulated(username: str) -> bool:
    """Tell whether a user is a script."""
    return username.startswith(SIMULATED_PREFIX)


def annotator_progress(
    revisions: Iterable[Revision], material: Mapping[str, ReadingMaterial]
) -> list[AnnotatorProgress]:
    """Return what each user did, people first.

    Args:
        revisions: The present state of every answer.
        material: What each record asks to read, by its external id.
    """
    by_user: dict[str, list[Revision]] = defaultdict(list)
    for revision in revisions:
        by_user[revision.username].append(revision)
    return [
        _one(username, by_user[username], material)
        for username in sorted(by_user, key=lambda name: (is_simulated(name), name))
    ]


def _one(
    username: str, revisions: Sequence[Revision], material: Mapping[str, ReadingMaterial]
) -> AnnotatorProgress:
    statuses = Counter(revision.status for revision in revisions)
    seconds = _answer_seconds(revisions)
    submitted = [revision for revision in revisions if revision.status == SUBMITTED]
    untouched = {item.response_id for item in submitted if _is_untouched(item, material)}
    unread = [item for item in submitted if _is_unread(item, seconds, untouched, material)]
    return AnnotatorProgress(
        username,
        is_simulated(username),
        statuses[SUBMITTED],
        statuses["draft"],
        statuses["discarded"],
        median(seconds.values()) if seconds else None,
        len(seconds),
        len(untouched),
        len(unread),
        max(revision.updated_at for revision in revisions),
    )


def _answer_seconds(revisions: Sequence[Revision]) -> dict[str, float]:
    """Return the time that each submitted answer took: since the same person's last change."""
    ordered = sorted(revisions, key=lambda item: (item.updated_at, item.response_id))
    times = [datetime.fromisoformat(item.updated_at) for item in ordered]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    return {
        item.response_id: gap
        for item, gap in zip(ordered[1:], gaps, strict=True)
        if item.status == SUBMITTED and gap <= BREAK_SECONDS
    }


def _is_untouched(answer: Revision, material: Mapping[str, ReadingMaterial]) -> bool:
    given = material.get(answer.external_id)
    if given is None or given.draft is None or answer.values.get(VERDICT) == DROP:
        return False
    return str(answer.values.get(ANSWER, "")).strip() == given.draft.strip()


def _is_unread(
    answer: Revision,
    seconds: Mapping[str, float],
    untouched: set[str],
    material: Mapping[str, ReadingMaterial],
) -> bool:
    given = material.get(answer.external_id)
    if given is None or answer.response_id not in seconds:
        return False
    if given.draft is not None and answer.response_id not in untouched:
        return False
    return given.n_words > seconds[answer.response_id] * UNREAD_WORDS_PER_SECOND


def question_agreement(revisions: Sequence[Revision]) -> list[QuestionAgreement]:
    """Return the agreement on each question that has a scale, in the order of their names."""
    by_record, simulated = _counted(revisions)
    answers = [answer for found in by_record.values() for answer in found]
    found = []
    for question in sorted({name for answer in answers for name in answer.values}):
        opinions = [
            Opinion(answer.external_id, answer.username, place)
            for answer in answers
            if (place := scale_place(question, answer.values.get(question))) is not None
        ]
        if opinions:
            scale: Scale = "nominal" if question == VERDICT else "ordinal"
            found.append(QuestionAgreement(question, scale, simulated, agreement(opinions, scale)))
    return found


def disputed_records(revisions: Sequence[Revision]) -> list[Disputed]:
    """Return the records on which answers differ, the most disputed first."""
    by_record, simulated = _counted(revisions)
    found = []
    for name, answers in by_record.items():
        distances = _distances(answers)
        if any(distances.values()):
            said = {
                question: dict(
                    sorted(
                        Counter(
                            str(a.values[question]) for a in answers if question in a.values
                        ).items()
                    )
                )
                for question, distance in distances.items()
                if distance
            }
            found.append(Disputed(name, mean(distances.values()), said, simulated))
    return sorted(found, key=lambda item: (-item.dispute, item.external_id))


def second_reader_records(revisions: Sequence[Revision]) -> list[str]:
    """Return the records for which anybody asks for a second reader, in the order of their ids."""
    by_record, _ = _counted(revisions)
    return sorted(
        name
        for name, answers in by_record.items()
        if any(answer.values.get(VERDICT) == SECOND_READER for answer in answers)
    )


def scale_place(question: str, value: object) -> int | None:
    """Return where an answer stands on its question's scale; None if the question has none."""
    if question == VERDICT:
        return {KEEP: 1, DROP: 0}.get(str(value), 2) if value is not None else None
    if question == CHOICE:
        return CHOICES.get(str(value))
    if question.startswith(RATING_PREFIX) and isinstance(value, int):
        return value
    return None


def _counted(revisions: Sequence[Revision]) -> tuple[dict[str, list[Revision]], bool]:
    """Return the submitted answers that count, by record, and whether they are of scripts."""
    people = [revision for revision in revisions if not is_simulated(revision.username)]
    by_record = submitted_by_record(people)
    if by_record:
        return by_record, False
    by_record = submitted_by_record(revisions)
    return by_record, bool(by_record)


def _distances(answers: Sequence[Revision]) -> dict[str, float]:
    """Return the mean distance between two answers by question, 0-1."""
    found = {}
    for question in sorted({name for answer in answers for name in answer.values}):
        given = [scale_place(question, answer.values.get(question)) for answer in answers]
        places = [place for place in given if place is not None]
        if len(places) > 1:
            found[question] = mean(
                _distance(question, one, other) for one, other in combinations(places, 2)
            )
    return found


def _distance(question: str, one: int, other: int) -> float:
    if question == VERDICT:
        return float(one != other)
    return abs(one - other) / (_CHOICE_SPAN if question == CHOICE else _RATING_SPAN)
