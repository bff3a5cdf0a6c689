"""Say in plain words what the numbers show, and no more than they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["better", "worse", "same", "unclear"]

FEW_GROUPS = 10
_SAME_WITHIN = 0.03  # an interval inside plus or minus three points is no difference that matters
_SAME_SCORE = 0.3  # the same for scores from 1 to 10
_NAMES = {"base": "the base model", "sft": "SFT", "dpo": "DPO"}
_QUESTIONS = {
    "field_accuracy": ("Fields exactly right", "the fields that the expert filled"),
    "format": ("Keeps the format", "answers in the task's format"),
    "style": ("Keeps the house style", "answers that pass every style check"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        title: What was asked.
        values: Value of each arm, for people, as (arm, value).
        text: What it means, with the interval.
        verdict: Of the last arm against the one before it.
        simulated: Whether it rests on simulated people.
    """

    title: str
    values: tuple[tuple[str, str], ...]
    text: str
    verdict: Verdict
    simulated: bool = False


def verdict(gap: Mapping[str, Any], *, same_within: float = _SAME_WITHIN) -> Verdict:
    """Return what an interval of a difference says.

    `same` and `unclear` are two things: the first saw that there is no difference that matters,
    the second saw too little.
    """
    if gap["low"] > 0:
        return "better"
    if gap["high"] < 0:
        return "worse"
    return "same" if -same_within < gap["low"] and gap["high"] < same_within else "unclear"


def findings(
    evaluation: Mapping[str, Any] | None, votes: Sequence[Mapping[str, Any]]
) -> list[Finding]:
    """Return what was better and by how much, from an evaluation's file and counted votes."""
    found = [] if evaluation is None else list(_measured(evaluation))
    return [*found, *map(_voted, votes)]


def arm_name(arm: str) -> str:
    """Return an arm's name within a sentence."""
    return _NAMES.get(arm, arm)


def percent(share: float) -> str:
    """Return a share as people read it; never 100 % for less than all."""
    rounded = f"{100 * share:.1f}"
    if rounded == "100.0" and share < 1:
        rounded = "99.9"
    return f"{rounded} %"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return signed(100 * share, 1)


def signed(value: float, digits: int) -> str:
    """Return a number with its sign; a real minus, and no minus before zero."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def _measured(evaluation: Mapping[str, Any]) -> Iterable[Finding]:
    arms = list(evaluation["arms"])
    for metric, (title, what) in _QUESTIONS.items():
        having = [arm for arm in arms if metric in evaluation["arms"][arm]["metrics"]]
        if not having:
            continue
        shown = {arm: evaluation["arms"][arm]["metrics"][metric] for arm in having}
        gaps = [
            gap
            for before, after in zip(having, having[1:], strict=False)
            for gap in evaluation["differences"]
            if (gap["metric"], gap["of"], gap["over"]) == (metric, after, before)
        ]
        sentences = [_gap_sentence(gap, what) for gap in gaps]
        last = shown[having[-1]]
        sentences.append(_basis(last["n"], last["groups"], evaluation["split"]))
        yield Finding(
            title,
            tuple((arm, percent(value["mean"])) for arm, value in shown.items()),
            " ".join(sentences),
            verdict(gaps[-1]) if gaps else "unclear",
        )


def _gap_sentence(gap: Mapping[str, Any], what: str) -> str:
    ours, theirs = arm_name(gap["of"]), arm_name(gap["over"])
    interval = f"95 % interval {points(gap['low'])} to {points(gap['high'])}"
    size = f"{abs(100 * gap['mean']):.1f} points"
    match verdict(gap):
        case "better":
            text = f"{ours} gets {size} more of {what} than {theirs} ({interval})."
        case "worse":
            text = f"{ours} gets {size} less of {what} than {theirs} ({interval})."
        case "same":
            text = f"{ours} and {theirs} do not differ by more than 3 points ({interval})."
        case _:
            text = f"Whether {ours} differs from {theirs} cannot be told yet ({interval})."
    return text[0].upper() + text[1:]


def _basis(n: int, groups: int, split: str) -> str:
    text = f"Measured on {n} answers a model, split {split}, {groups} groups."
    if groups < FEW_GROUPS:
        text += " So few groups make an interval narrower than it should be."
    return text


def _voted(pair: Mapping[str, Any]) -> Finding:
    ours, theirs, share = pair["of"], pair["over"], pair["share"]
    gap = {"low": share["low"] - 0.5, "high": share["high"] - 0.5}
    judged: Verdict = verdict(gap)
    ending = {
        "better": f"raters prefer {arm_name(ours)}.",
        "worse": f"raters prefer {arm_name(theirs)}.",
        "same": "raters have no preference.",
        "unclear": "too few votes to tell.",
    }[judged]
    counts = pair["choices"]
    text = (
        f"Of {pair['n']} blind votes on {pair['n_prompts']} prompts by {pair['n_raters']} raters, "
        f"{counts.get(ours, 0)} went to {arm_name(ours)}, {counts.get(theirs, 0)} to "
        f"{arm_name(theirs)}, {counts.get('both_usable', 0)} found both usable and "
        f"{counts.get('both_unusable', 0)} neither. With such ties counted half, "
        f"{arm_name(ours)} has {percent(share['mean'])} (95 % interval {percent(share['low'])} to "
        f"{percent(share['high'])}): {ending}"
    )
    if pair["n_identical"]:
        text += f" {pair['n_identical']} more prompts got the same answer from both; nobody voted."
    values = ((theirs, str(counts.get(theirs, 0))), (ours, str(counts.get(ours, 0))))
    return Finding("Blind votes", values, text, judged, simulated=pair["n_simulated"] > 0)


def score_verdict(gap: Mapping[str, Any]) -> Verdict:
    """Return what an interval of a difference of scores from 1 to 10 says."""
    return verdict(gap, same_within=_SAME_SCORE)
