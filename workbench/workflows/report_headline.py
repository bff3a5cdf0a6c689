"""Say in sentences what the numbers of a report show, never more than they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.evaluation.answer_sets import name_unanswered
from workbench.evaluation.report_page import prompts_of
from workbench.workflows.votes import VoteSummary

_SAME_WITHIN = 0.03  # an interval within three points either way is no difference that matters
_FEW_GROUPS = 10
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
            f"{_name(of)} reaches {ours:.1%} in {_NAMES[metric]}, {_name(over)} {theirs:.1%}, "
            f"on {_scored(difference)} {prompts_of(evaluation['split'])}: {_verdict(difference)}."
        )
    return [*sentences, *_too_long(evaluation), *_cut(evaluation), *_basis(evaluation)]


def _scored(numbers: Mapping[str, Any]) -> str:
    scored, total = numbers["n_scored"], numbers["n_total"]
    return str(total) if scored == total else f"{scored} of {total}"


def _verdict(difference: Mapping[str, Any]) -> str:
    interval = f"{_points(difference['low'])} to {_points(difference['high'])} points"
    if difference["low"] > 0:
        return f"better by {100 * difference['mean']:.1f} points (95 % interval {interval})"
    if difference["high"] < 0:
        return f"worse by {-100 * difference['mean']:.1f} points (95 % interval {interval})"
    if max(-difference["low"], difference["high"]) < _SAME_WITHIN:
        return f"no difference that matters (95 % interval {interval})"
    return f"too few to tell a difference (95 % interval {interval})"


def _leaning(share: Mapping[str, Any]) -> str:
    return "; too few to tell" if share["low"] <= 0.5 <= share["high"] else ""


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")


def _name(arm: str) -> str:
    return {"base": "the base model", "sft": "SFT", "dpo": "DPO"}.get(arm, arm)


def _too_long(evaluation: Mapping[str, Any]) -> list[str]:
    return [
        f"{len(item['unanswered'])} of {evaluation['n']} prompts were too long for {_name(arm)} "
        f"and are not scored: {name_unanswered(item['unanswered'])}."
        for arm, item in evaluation["arms"].items()
        if item["unanswered"]
    ]


def _cut(evaluation: Mapping[str, Any]) -> list[str]:
    """Warn where answers are shorter than their models would have made them."""
    return [
        f"{item['cut_short']} of {item['n_answered']} answers of {_name(arm)} were cut at "
        f"{evaluation['max_tokens']} tokens; `workbench evaluate --max-tokens` raises that."
        for arm, item in evaluation["arms"].items()
        if item["cut_short"]
    ]


def _basis(evaluation: Mapping[str, Any]) -> list[str]:
    """Warn where an interval is narrower than it should be."""
    if evaluation["groups"] >= _FEW_GROUPS:
        return []
    return [
        f"The prompts come from only {evaluation['groups']} groups, so the intervals are "
        "narrower than they should be for writers not seen yet."
    ]


def _voted(row: Mapping[str, Any]) -> str:
    kind = "simulated blind votes" if row["simulated"] else "blind votes"
    votes = f"{row['votes']} {kind} on {row['split']} prompts ({row['study']})"
    share = row["preferred"]
    if share is None:
        return f"{votes}: none preferred {_name(row['first'])} or {_name(row['second'])}."
    return (
        f"{votes}: {_name(row['second'])} was preferred to {_name(row['first'])} in "
        f"{share['mean']:.0%} of the {share['n']} that chose one "
        f"(95 % interval {share['low']:.0%} to {share['high']:.0%}){_leaning(share)}."
    )
