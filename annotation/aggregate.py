"""From people's answers to one outcome per record: majority where several answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from statistics import mean

from annotation.label_folder import Revision
from annotation.roster import SIMULATED_PREFIX
from annotation.tasks import (
    ANSWER,
    CHOICE,
    CHOICES,
    DROP,
    MARKS_PREFIX,
    PROBLEMS,
    RATING_PREFIX,
    SECOND_READER,
    VERDICT,
)
from workbench.majority import deciding, majority

SUBMITTED = "submitted"
_RATER_DIGITS = 10


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place of a text field that somebody marked as personal data.

    Attributes:
        start: Where it begins, in characters of the text.
        end: Where it ends, exclusive.
        label: Its kind.
    """

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class InstructionOutcome:
    """What people made of one draft.

    Attributes:
        drop: Whether most say that the row should go.
        answer: The answer to learn; empty if dropped or undecided.
        n_answers: How many answers decided.
        n_drop: How many of them would drop it.
        ratings: Mean rating of the draft by criterion, over the same answers.
        simulated: Whether scripted annotators decided; they do only where no person answered.
        undecided: Whether all who answered ask for a second reader, or nobody who keeps the row
            wrote an answer; the row then stays as it was.
        n_second_reader: How many ask for one.
        n_blank: How many keep the row and leave its answer blank.
        problems: How many found what wrong with the draft.
        marks: What anybody marked as personal data, by text field, in order.
    """

    drop: bool
    answer: str
    n_answers: int
    n_drop: int
    ratings: Mapping[str, float]
    simulated: bool
    undecided: bool = False
    n_second_reader: int = 0
    n_blank: int = 0
    problems: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreferenceOutcome:
    """What people made of one pair.

    Attributes:
        direction: 1 if A is preferred, -1 if B is, 0 if neither.
        strength: 2 if at least half of those on the winning side say much better, else 1.
        raters: Opaque names of those who decided.
        choices: How many of them chose what.
        agreement: Share of them on the side that won, in 0-1; without one, of the opinion that
            most hold.
        ratings: Mean rating by side (`a`, `b`) and criterion, of those who rated.
        simulated: Whether scripted annotators decided; they do only where no person answered.
    """

    direction: int
    strength: int
    raters: tuple[str, ...]
    choices: Mapping[str, int]
    agreement: float
    ratings: Mapping[str, Mapping[str, float]]
    simulated: bool


def submitted_by_record(revisions: Sequence[Revision]) -> dict[str, list[Revision]]:
    """Return the submitted answers of each record, in the order of their last change."""
    found: dict[str, list[Revision]] = {}
    for revision in sorted(revisions, key=lambda item: (item.updated_at, item.response_id)):
        if revision.status == SUBMITTED:
            found.setdefault(revision.external_id, []).append(revision)
    return found


def counted_by_record(revisions: Sequence[Revision]) -> tuple[dict[str, list[Revision]], bool]:
    """Return the submitted answers that count, by record, and whether scripts gave them.

    Scripts count only where no person has answered any record.
    """
    by_record = submitted_by_record([item for item in revisions if not is_simulated(item)])
    if by_record:
        return by_record, False
    by_record = submitted_by_record(revisions)
    return by_record, bool(by_record)


def judge_instruction(
    submitted: Sequence[Revision], overruled: Sequence[Revision] = ()
) -> InstructionOutcome:
    """Return the outcome of a record with at least one submitted answer.

    A row goes only if more people would drop it than keep it. Of several answers the most frequent
    wins, of equally frequent ones the latest; a blank one never does. Who asks for a second reader
    leaves both to the others; so that nothing slips through, what any of them marked as personal
    data counts. People's answers set aside those of scripts.

    Args:
        submitted: The answers that count.
        overruled: Those in whose place a second task decided; only their marks count.
    """
    answers = deciding(submitted, is_simulated)
    sure = [item for item in answers if item.values.get(VERDICT) != SECOND_READER]
    kept = [item for item in sure if item.values.get(VERDICT) != DROP]
    n_drop = len(sure) - len(kept)
    drop = n_drop > len(kept)
    written = [item for item in kept if str(item.values.get(ANSWER, "")).strip()]
    return InstructionOutcome(
        drop=drop,
        answer="" if drop else _most_frequent(written),
        n_answers=len(answers),
        n_drop=n_drop,
        ratings=_mean_ratings(answers),
        simulated=any(map(is_simulated, answers)),
        undecided=not drop and not written,
        n_second_reader=len(answers) - len(sure),
        n_blank=len(kept) - len(written),
        problems=_problems(answers),
        marks=marks_of(deciding([*overruled, *submitted], is_simulated)),
    )


def judge_preference(submitted: Sequence[Revision]) -> PreferenceOutcome:
    """Return the outcome of a pair with at least one submitted answer.

    People's answers set aside those of scripts.
    """
    answers = deciding(submitted, is_simulated)
    choices = [str(item.values[CHOICE]) for item in answers]
    worths = [CHOICES[choice] for choice in choices]
    direction = majority((worth > 0) - (worth < 0) for worth in worths) or 0
    winning = [abs(worth) for worth in worths if worth * direction > 0]
    much = sum(worth > 1 for worth in winning)
    sides = Counter((worth > 0) - (worth < 0) for worth in worths)
    agreeing = len(winning) if direction else max(sides.values())
    ratings = _mean_ratings(answers)
    return PreferenceOutcome(
        direction=direction,
        strength=2 if winning and 2 * much >= len(winning) else 1,
        raters=tuple(sorted(rater_name(item.username) for item in answers)),
        choices=dict(sorted(Counter(choices).items())),
        agreement=round(agreeing / len(answers), 3),
        ratings={side: _of_side(ratings, side) for side in ("a", "b")},
        simulated=any(map(is_simulated, answers)),
    )


def rater_name(username: str) -> str:
    """Return an opaque name for a user, the same in every version."""
    return f"rater-{sha256(username.encode()).hexdigest()[:_RATER_DIGITS]}"


def is_simulated(answer: Revision) -> bool:
    """Tell whether a script gave an answer."""
    return answer.username.startswith(SIMULATED_PREFIX)


def marks_of(answers: Sequence[Revision]) -> dict[str, tuple[Mark, ...]]:
    """Return what anybody marked, by text field, in the order of the text."""
    found: dict[str, set[Mark]] = {}
    for item in answers:
        for name, value in item.values.items():
            if name.startswith(MARKS_PREFIX) and value:
                marks = {Mark(span["start"], span["end"], span["label"]) for span in value}
                found.setdefault(name.removeprefix(MARKS_PREFIX), set()).update(marks)
    return {name: tuple(sorted(marks)) for name, marks in sorted(found.items())}


def _most_frequent(kept: Sequence[Revision]) -> str:
    texts = [str(item.values.get(ANSWER, "")).strip() for item in kept]
    counts = Counter(texts)
    latest = max(range(len(texts)), key=lambda n: (counts[texts[n]], n), default=None)
    return "" if latest is None else texts[latest]


def _problems(answers: Sequence[Revision]) -> dict[str, int]:
    named = [name for item in answers for name in item.values.get(PROBLEMS) or ()]
    return dict(sorted(Counter(named).items()))


def _of_side(ratings: Mapping[str, float], side: str) -> dict[str, float]:
    prefix = f"{side}_"
    return {
        name.removeprefix(prefix): value
        for name, value in ratings.items()
        if name.startswith(prefix)
    }


def _mean_ratings(answers: Sequence[Revision]) -> dict[str, float]:
    given: dict[str, list[int]] = {}
    for item in answers:
        for name, value in item.values.items():
            if name.startswith(RATING_PREFIX) and isinstance(value, int):
                given.setdefault(name.removeprefix(RATING_PREFIX), []).append(value)
    return {name: round(mean(values), 2) for name, values in sorted(given.items())}
