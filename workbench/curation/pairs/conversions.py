"""Preference pairs from what people have: ratings, ranked lists, and conversations side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.records import Message


@dataclass(frozen=True, slots=True)
class Preference:
    """One answer over another.

    Attributes:
        chosen: Place of the preferred answer in the list that was given.
        rejected: Place of the other.
        margin: By how much, in the unit of the ratings or in ranks; more than 0.
    """

    chosen: int
    rejected: int
    margin: float


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a list of judged answers says.

    Attributes:
        pairs: The best answer over each that is strictly worse, in the order of the list.
        n_tied: Answers that are as good as the best, so that no pair can be made with them.
    """

    pairs: tuple[Preference, ...]
    n_tied: int


@dataclass(frozen=True, slots=True)
class SplitConversations:
    """Two conversations as one prompt and two completions.

    Attributes:
        prompt: Every turn but the last of the chosen conversation.
        rejected_prompt: The same of the rejected one; the doctor compares both.
        chosen: Last turn of the chosen conversation.
        rejected: Last turn of the rejected one.
    """

    prompt: tuple[Message, ...]
    rejected_prompt: tuple[Message, ...]
    chosen: str
    rejected: str


def preferences_from_ratings(ratings: Sequence[float]) -> Preferences:
    """Pair the best-rated answer with each that is rated lower.

    Pairs of the best with the rest, as UltraFeedback's were binarised (Tunstall et al., "Zephyr",
    2023), but with all of the rest: pairs between two poor answers teach little.

    Args:
        ratings: One rating an answer; more is better.

    Raises:
        ValueError: A rating is not a finite number.
    """
    if any(rating - rating != 0 for rating in ratings):  # infinity and NaN
        raise ValueError("a rating is not a finite number")
    if not ratings:
        return Preferences((), 0)
    best = max(range(len(ratings)), key=lambda place: (ratings[place], -place))
    pairs = tuple(
        Preference(best, place, ratings[best] - rating)
        for place, rating in enumerate(ratings)
        if rating < ratings[best]
    )
    return Preferences(pairs, len(ratings) - 1 - len(pairs))


def preferences_from_ranks(ranks: Sequence[float]) -> Preferences:
    """Pair the answer with the least rank with each of a higher rank. See above."""
    return preferences_from_ratings([-rank for rank in ranks])


def split_conversations(
    chosen: Sequence[Message], rejected: Sequence[Message]
) -> SplitConversations:
    """Take the last turns of two conversations as completions, what precedes as prompts.

    Raises:
        ValueError: A conversation does not end with a turn of the assistant.
    """
    for side, turns in (("chosen", chosen), ("rejected", rejected)):
        if not turns or turns[-1]["role"] != "assistant":
            raise ValueError(f"the {side} conversation does not end with the assistant's turn")
    return SplitConversations(
        tuple(chosen[:-1]), tuple(rejected[:-1]), chosen[-1]["content"], rejected[-1]["content"]
    )
