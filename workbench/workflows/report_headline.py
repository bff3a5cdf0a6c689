"""Say in sentences what the numbers of a report show, never more than they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.workflows.votes import VoteSummary

_NAMES = {"field_accuracy": "exact fields", "format": "the format", "style": "the style check"}


def headline(
    evaluation: Mapping[str, Any] | None,
    preferences: Sequence[Mapping[str, Any]],
    votes: VoteSummary,
) -> list[str]:
    """Return the sentences that stand at the top of the report."""
    sentences = _evaluated(evaluation) if evaluation else ["No model was evaluated yet."]
    for row in preferences:
        sentences.append(_voted(row))
    if not votes.n_votes:
        sentences.append("Nobody voted yet.")
    return sentences


def _evaluated(evaluation: Mapping[str, Any]) -> list[str]:
    sentences = []
    for difference in evaluation["differences"]:
        of, over, metric = difference["of"], difference["over"], difference["metric"]
        if (of, over, metric) not in (
            ("sft", "base", "field_accuracy"),
            ("dpo", "sft", "field_accuracy"),
            ("dpo", "sft", "style"),
        ):
            continue
        arms = evaluation["arms"]
        ours, theirs = (arms[arm]["metrics"][metric]["mean"] for arm in (of, over))
        sentences.append(
            f"{of.upper()} reaches {ours:.1%} in {_NAMES[metric]}, {over.upper()} {theirs:.1%}, "
            f"on {difference['n']} held-out prompts: {_verdict(difference)}."
        )
    return sentences


def _verdict(difference: Mapping[str, Any]) -> str:
    interval = f"{100 * difference['low']:+.1f} to {100 * difference['high']:+.1f} points"
    if difference["low"] > 0:
        return f"better by {100 * difference['mean']:.1f} points (95 % interval {interval})"
    if difference["high"] < 0:
        return f"worse by {-100 * difference['mean']:.1f} points (95 % interval {interval})"
    return f"no difference is shown (95 % interval {interval})"


def _voted(row: Mapping[str, Any]) -> str:
    votes = f"{row['votes']} blind votes on {row['split']} prompts"
    if row["simulated"]:
        votes += f" ({row['simulated']} simulated)"
    share = row["preferred"]
    if share is None:
        return f"{votes}: none preferred {row['first'].upper()} or {row['second'].upper()}."
    return (
        f"{votes}: {row['second'].upper()} was preferred to {row['first'].upper()} in "
        f"{share['mean']:.0%} of the {share['n']} that chose one "
        f"(95 % interval {share['low']:.0%} to {share['high']:.0%})."
    )
