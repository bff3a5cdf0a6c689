"""How labelling goes: each annotator's pace, agreement, answers nobody read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Literal

from annotation.aggregate import SUBMITTED, counted_by_record
from annotation.answer_distance import places, scale_of
from annotation.label_folder import Revision
from annotation.reading_material import ReadingMaterial
from annotation.roster import SIMULATED_PREFIX
from annotation.tasks import ANSWER, DROP, RANKING, VERDICT
from workbench.evaluation.agreement import Agreement, Opinion, Scale, agreement

# A longer pause is no work on one record.
BREAK_SECONDS = 15 * 60
# People read 238 words a minute (Brysbaert, "How many words do we read per minute?", 2019). Who
# takes less than a quarter of that time cannot have read the record.
UNREAD_WORDS_PER_SECOND = 4 * 238 / 60

Unit = Literal["record", "order"]


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
    """Agreement on one question.

    Attributes:
        question: Its name.
        scale: `nominal` if answers are equal or not, `ordinal` if they can be further apart.
        simulated: Whether scripts answered, who count where no person did.
        found: The agreement.
        unit: What several people judged: a record, or the order of two answers of one.
    """

    question: str
    scale: Scale
    simulated: bool
    found: Agreement
    unit: Unit = "record"


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
    """Return the agreement on each question that has a scale, in the order of their names.

    A ranking tells as many opinions as it puts two answers in order.
    """
    by_record, simulated = counted_by_record(revisions)
    answers = [answer for found in by_record.values() for answer in found]
    found = []
    for question in sorted({name for answer in answers for name in answer.values}):
        opinions = [
            Opinion(f"{answer.external_id} {unit}", answer.username, place)
            for answer in answers
            for unit, place in places(question, answer.values.get(question)).items()
        ]
        if opinions:
            scale = scale_of(question)
            unit: Unit = "order" if question == RANKING else "record"
            made = agreement(opinions, scale)
            found.append(QuestionAgreement(question, scale, simulated, made, unit))
    return found
