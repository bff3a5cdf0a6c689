"""Turn blind votes into preference pairs, from the `feedback` split and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from workbench.errors import LeakageError, NotFoundError
from workbench.files import digest_json
from workbench.home import Home
from workbench.judgments import open_judgments, studies
from workbench.judgments.ballots import Ballot, read_ballots
from workbench.judgments.studies import Study
from workbench.majority import deciding, majority
from workbench.records import Message, PreferencePair, SplitName

if TYPE_CHECKING:
    from workbench.curation.pairs.rows import SetFinding
    from workbench.manifest import VersionFolder

_SPLIT: SplitName = "feedback"


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """The version that the votes became, and why the other comparisons gave no pair.

    `balance` tells whether length or one rater tells chosen from rejected in the pairs.
    """

    version: str
    pairs: int
    simulated_pairs: int
    votes: int
    left_out: dict[str, int]
    studies: tuple[str, ...]
    balance: tuple[SetFinding, ...]


@dataclass(frozen=True, slots=True)
class PairsFromVotes:
    """Preference pairs and how many comparisons gave none, by reason."""

    pairs: tuple[PreferencePair, ...]
    left_out: dict[str, int] = field(default_factory=dict)


def feedback(home: Home, *, study_id: str | None = None) -> FeedbackResult:
    """Publish the pairs that the votes of the feedback studies give as a new version.

    The doctor sees them first (`pairs` of recipe.yaml): one prompt voted on in two studies may give
    a pair twice, or a pair and its opposite.

    Args:
        home: The project.
        study_id: One study only; by default every study on the feedback split.

    Raises:
        LeakageError: The study's prompts are of another split, so its votes may not train.
        NotFoundError: There is no study, or no vote prefers one answer.
    """
    from workbench.workflows.examine_pairs import examine_pairs
    from workbench.workflows.publish import publish_pairs

    with open_judgments(home.judgments_file) as judgments, judgments.read() as connection:
        known = studies.list_studies(connection)
        chosen = _usable(known, study_id)
        ballots = [
            ballot for study in chosen for ballot in read_ballots(connection, study.study_id)
        ]
    made = pairs_from_votes(ballots)
    if not made.pairs:
        raise NotFoundError(
            f"{len(ballots)} votes in {len(chosen)} studies prefer no answer, so there is no pair.",
            "Vote on the Compare page, then run this again.",
        )
    examined = examine_pairs(home, made.pairs)
    left_out = dict(Counter(made.left_out) + Counter(examined.dropped))
    version: VersionFolder = publish_pairs(
        home,
        examined.pairs,
        parents=sorted({digest for study in chosen for digest in study.sources["versions"]}),
        recipe={
            "made_by": "feedback",
            "studies": [study.study_id for study in chosen],
            "left_out": left_out,
            **examined.described(),
        },
        decisions=examined.decisions,
    )
    return FeedbackResult(
        version=version.manifest.digest,
        pairs=len(examined.pairs),
        simulated_pairs=sum(pair.simulated for pair in examined.pairs),
        votes=len(ballots),
        left_out=left_out,
        studies=tuple(study.study_id for study in chosen),
        balance=examined.balance,
    )


def pairs_from_votes(ballots: Iterable[Ballot]) -> PairsFromVotes:
    """Make one pair of each comparison whose raters prefer one answer.

    Where a person voted, simulated votes on that comparison do not count. Ties never become pairs,
    nor do comparisons on which no answer is preferred by more than half of their raters.

    Raises:
        LeakageError: A vote is on a prompt of another split.
    """
    by_comparison: dict[str, list[Ballot]] = {}
    for ballot in ballots:
        _require_feedback(ballot.split, f"study {ballot.study_id}")
        by_comparison.setdefault(ballot.comparison_id, []).append(ballot)
    pairs, left_out = [], Counter[str]()
    for comparison_id, votes in by_comparison.items():
        pair = _pair(comparison_id, votes)
        if isinstance(pair, str):
            left_out[pair] += 1
        else:
            pairs.append(pair)
    return PairsFromVotes(tuple(pairs), dict(left_out))


def _pair(comparison_id: str, cast_votes: Sequence[Ballot]) -> PreferencePair | str:
    """Return the pair that these votes make, or the reason why they make none."""
    votes = deciding(cast_votes, lambda vote: vote.simulated)
    preferred = [_preferred_text(vote) for vote in votes]
    if not any(preferred):
        choices = {vote.choice for vote in votes}
        return choices.pop() if len(choices) == 1 else "tie"
    chosen = majority(preferred)
    if chosen is None:
        return "raters_disagree"
    first = votes[0]
    rejected = first.text_right if chosen == first.text_left else first.text_left
    return PreferencePair(
        pair_id=digest_json([comparison_id, chosen, rejected])[:16],
        example_id=first.example_id,
        split=_SPLIT,
        prompt=tuple(cast("list[Message]", json.loads(first.prompt))),
        chosen=chosen,
        rejected=rejected,
        strength=1,
        raters=tuple(sorted({vote.rater for vote in votes})),
        origin="study",
        simulated=any(vote.simulated for vote in votes),
    )


def _preferred_text(vote: Ballot) -> str | None:
    return {"left": vote.text_left, "right": vote.text_right}.get(vote.choice)


def _usable(known: Sequence[Study], study_id: str | None) -> list[Study]:
    if study_id is not None:
        named = [study for study in known if study.study_id == study_id]
        if not named:
            raise NotFoundError(
                f"There is no study {study_id!r}.", "`workbench study status` lists them."
            )
        _require_feedback(named[0].split, f"study {study_id}")
        return named
    usable = [study for study in known if study.split == _SPLIT]
    if not usable and known:
        _require_feedback(known[0].split, f"study {known[0].study_id}")
    if not usable:
        raise NotFoundError("There is no study yet.", "Make one with `workbench study create`.")
    return usable


def _require_feedback(split: str, place: str) -> None:
    if split != _SPLIT:
        raise LeakageError(
            f"The votes of {place} are on prompts of split {split!r}: they may not train anything.",
            "Only the feedback split trains: `workbench study create --split feedback`.",
        )
