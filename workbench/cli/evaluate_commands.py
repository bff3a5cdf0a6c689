"""`workbench generate`, `evaluate` and `report`: answers, numbers, and the page that shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.evaluation.answer_sets import name_unanswered
from workbench.evaluation.chat_model import DEFAULT_MAX_TOKENS
from workbench.home import find_home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VersionOption = Annotated[str, typer.Option("--version", help="Version whose prompts are asked.")]
MaxTokensOption = Annotated[
    int, typer.Option("--max-tokens", min=1, help="Longest answer; longer ones are cut.")
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many prompts.")]
_SHOWN = ("field_accuracy", "format", "style", "rougeL", "bleu")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(generate)
    app.command()(evaluate)
    app.command()(report)


def generate(
    arm: Annotated[str, typer.Option("--arm", help="Who answers: base, sft, dpo, …")],
    split: Annotated[str, typer.Option("--split", help="Whose prompts.")] = "train",
    version: VersionOption = "latest:examples",
    samples: Annotated[int, typer.Option("--samples", min=1, help="Answers a prompt.")] = 1,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0, help="0: the most probable answer.")
    ] = 0.0,
    top_p: Annotated[
        float, typer.Option("--top-p", min=0, max=1, help="Probability mass to sample from.")
    ] = 1.0,
    max_tokens: MaxTokensOption = DEFAULT_MAX_TOKENS,
    seed: Annotated[int, typer.Option("--seed", help="Of the sampling.")] = 7,
    limit: LimitOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Let a served model answer a split; two samples a prompt are what preferences are made of.

    Example: workbench generate --arm sft --samples 2 --temperature 1 --limit 300
    """
    from workbench.workflows.generate import generate as work

    result = work(
        find_home(home),
        arm=arm,
        split=split,
        version=version,
        samples=samples,
        temperature=temperature,
        top_p=top_p,
        max_tokens=max_tokens,
        seed=seed,
        limit=limit,
    )
    cut = sum(answer.cut_short for answer in result.answers)
    unanswered = [asdict(row) for row in result.unanswered]
    about = {
        "set_id": result.set_id,
        "arm": result.arm,
        "model": result.model,
        "version": result.version,
        "split": result.split,
        "answers": len(result.answers),
        "cut_short": cut,
        "unanswered": unanswered,
    }
    lines = [f"Answer set {result.set_id}: {len(result.answers)} answers of {result.model}"]
    lines += [*_too_long(unanswered), *_cut(cut, max_tokens)]
    lines.append(f"Next: workbench annotate push preferences --answers {result.set_id}")
    show(about, lines, as_json=as_json)


def evaluate(
    arm: Annotated[
        list[str] | None, typer.Option("--arm", help="Who is measured; default: base, sft, dpo.")
    ] = None,
    split: Annotated[
        str, typer.Option("--split", help="test, or validation while you still choose.")
    ] = "test",
    version: VersionOption = "latest:examples",
    max_tokens: MaxTokensOption = DEFAULT_MAX_TOKENS,
    limit: LimitOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Measure served models on the test split, with intervals and paired differences.

    Example: workbench evaluate --arm base --arm sft
    """
    from workbench.workflows.evaluate import DEFAULT_ARMS
    from workbench.workflows.evaluate import evaluate as work

    result = work(
        find_home(home),
        arms=tuple(arm or DEFAULT_ARMS),
        split=split,
        version=version,
        max_tokens=max_tokens,
        limit=limit,
    )
    lines = [f"{result.evaluation_id}: {result.content['n']} prompts of split {split}"]
    lines += table(("measure", *result.content["arms"]), _rows(result.content))
    arms = result.content["arms"]
    for name, item in arms.items():
        lines += _too_long(item["unanswered"], f"{name}: ")
    lines += _cut(sum(item["cut_short"] for item in arms.values()), max_tokens)
    lines += [f"Numbers: {result.file}", "Next: workbench report"]
    show(result.content, lines, as_json=as_json)


def report(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Write one HTML page of everything measured, and report.json with every number.

    Example: workbench report
    """
    from workbench.workflows.report import write_report

    result = write_report(find_home(home))
    show(result, [str(result.html), str(result.json)], as_json=as_json)


def _rows(content: Mapping[str, Any]) -> list[tuple[object, ...]]:
    arms = content["arms"].values()
    rows: list[tuple[object, ...]] = [
        (name, *(_cell(arm["metrics"][name], "mean") for arm in arms))
        for name in _SHOWN
        if all(name in arm["metrics"] for arm in arms)
    ]
    return [
        *rows,
        ("perplexity", *(_cell(arm["perplexity"], "value") for arm in arms)),
        ("cut short", *(f"{arm['cut_short']} of {arm['n_answered']}" for arm in arms)),
    ]


def _too_long(unanswered: Sequence[Mapping[str, Any]], whose: str = "") -> list[str]:
    if not unanswered:
        return []
    named = name_unanswered(unanswered)
    return [f"{whose}{len(unanswered)} prompts were too long and have no answer: {named}"]


def _cut(answers: int, max_tokens: int) -> list[str]:
    if not answers:
        return []
    return [f"{answers} answers were cut at {max_tokens} tokens: raise --max-tokens"]


def _cell(numbers: Mapping[str, Any], key: str) -> str:
    """Return a number and over how many of all rows it is."""
    shown = "not scored" if numbers[key] is None else f"{numbers[key]:.3f}"
    return f"{shown} ({numbers['n_scored']}/{numbers['n_total']})"
