"""From people's answers to one outcome per record: majority where several answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import mean

from annotation.label_folder import Revision
from annotation.roster import SIMULATED_PREFIX
from annotation.tasks import ANSWER, CHOICE, CHOICES, DROP, RATING_PREFIX, VERDICT
from workbench.majority import deciding, majority

SUBMITTED = "submitted"
_RATER_DIGITS = 10


@dataclass(frozen=True, slots=True)
class InstructionOutcome:
    """What people made of one draft.

    Attributes:
        drop: Whether most say that the row should go.
        answer: The answer to learn; empty if dropped.
        n_answers: How many answers decided.
        n_drop: How many of them would drop it.
        ratings: Mean rating of the draft by criterion, over the same answers.
        simulated: Whether scripted annotators decided; they do only where no person answered.
    """

    drop: bool
    answer: str
    n_answers: int
    n_drop: int
    ratings: Mapping[str, float]
    simulated: bool


@dataclass(frozen=True, slots=True)
class PreferenceOutcome:
    """What people made of one pair.

    Attributes:
        direction: 1 if A is preferred, -1 if B is, 0 if neither.
        strength: 2 if at least half of those on the winning side say much better, else 1.
        raters: Opaque names of those who decided.
        choices: How many of them chose what.
        simulated: Whether scripted annotators decided; they do only where no person answered.
    """

    direction: int
    strength: int
    raters: tuple[str, ...]
    choices: Mapping[str, int]
    simulated: bool


def submitted_by_record(revisions: Sequence[Revision]) -> dict[str, list[Revision]]:
    """Return the submitted answers of each record, in the order of their last change."""
    found: dict[str, list[Revision]] = {}
    for revision in sorted(revisions, key=lambda item: (item.updated_at, item.response_id)):
        if revision.status == SUBMITTED:
            found.setdefault(revision.external_id, []).append(revision)
    return found


def judge_instruction(submitted: Sequence[Revision]) -> InstructionOutcome:
    """Return the outcome of a record with at least one submitted answer.

    A row goes only if more people would drop it than keep it. Of several answers the most frequent
    wins, of equally frequent ones the latest. People's answers set aside those of scripts.
    """
    answers = deciding(submitted, _is_simulated)
    kept = [item for item in answers if item.values.get(VERDICT) != DROP]
    n_drop = len(answers) - len(kept)
    drop = n_drop > len(kept)
    texts = [str(item.values.get(ANSWER, "")).strip() for item in kept]
    counts = Counter(texts)
    latest = max(range(len(texts)), key=lambda n: (counts[texts[n]], n)) if texts else None
    return InstructionOutcome(
        drop=drop,
        answer="" if drop or latest is None else texts[latest],
        n_answers=len(answers),
        n_drop=n_drop,
        ratings=_mean_ratings(answers),
        simulated=any(map(_is_simulated, answers)),
    )


def judge_preference(submitted: Sequence[Revision]) -> PreferenceOutcome:
    """Return the outcome of a pair with at least one submitted answer.

    People's answers set aside those of scripts.
    """
    answers = deciding(submitted, _is_simulated)
    choices = [str(item.values[CHOICE]) for item in answers]
    worths = [CHOICES[choice] for choice in choices]
    direction = majority((worth > 0) - (worth < 0) for worth in worths) or 0
    winning = [abs(worth) for worth in worths if worth * direction > 0]
    much = sum(worth > 1 for worth in winning)
    return PreferenceOutcome(
        direction=direction,
        strength=2 if winning and 2 * much >= len(winning) else 1,
        raters=tuple(sorted(rater_name(item.username) for item in answers)),
        choices=dict(sorted(Counter(choices).items())),
        simulated=any(map(_is_simulated, answers)),
    )


def rater_name(username: str) -> str:
    """Return an opaque name for a user, the same in every version."""
    return f"rater-{sha256(username.encode()).hexdigest()[:_RATER_DIGITS]}"


def _is_simulated(answer: Revision) -> bool:
    return answer.username.startswith(SIMULATED_PREFIX)


def _mean_ratings(answers: Sequence[Revision]) -> dict[str, float]:
    given: dict[str, list[int]] = {}
    for item in answers:
        for name, value in item.values.items():
            if name.startswith(RATING_PREFIX) and isinstance(value, int):
                given.setdefault(name.removeprefix(RATING_PREFIX), []).append(value)
    return {name: round(mean(values), 2) for name, values in sorted(given.items())}
