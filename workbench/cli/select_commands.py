"""`workbench data select`: keep the training rows that are worth most."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.groups import data_group
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.curation.selection.report import Gap
    from workbench.evaluation.statistics import Estimate
    from workbench.workflows.select_examples import SelectResult

_FEW_GROUPS = 10
_ARMS = {
    "selected": "selected",
    "random": "random, mean of 5",
    "length_matched": "equal lengths, mean of 5",
}
_MEASURES = (
    "coverage: similarity of a validation input to the nearest row (up to 1), 95 % interval",
    "diversity: mean of 1 - similarity over pairs of rows (0 to 2)",
    "loss: of validation outputs, in nats a word, under a model of word triples that learned from "
    "the rows; less is better",
)


class By(StrEnum):
    """How rows are chosen."""

    similarity = "similarity"
    diversity = "diversity"
    ifd = "ifd"
    length = "length"
    random = "random"


def register(app: typer.Typer) -> None:
    """Add the command to those on data."""
    data_group(app).command("select")(select_command)


def select_command(
    version: Annotated[
        str, typer.Argument(help="Digest, its beginning, or latest:examples.")
    ] = "latest:examples",
    by: Annotated[
        By | None, typer.Option(help="What rows are chosen by; similarity unless you say.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(help="Most training rows to keep; 1000 unless you say.")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(help="Most tokens to keep, in place of rows; 4 bytes are one.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides what chance decides.")] = None,
    target: Annotated[
        Path | None,
        typer.Option(help="File of inputs that rows should be like; default: half of validation."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Folder of a small causal model, for ifd; or demo.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only measure; publish nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Keep the training rows that are worth most, and compare them with chance at equal tokens.

    Example: workbench data select latest:examples --by diversity --keep 1000
    """
    from workbench.config import parse_config
    from workbench.curation.selection.rules import SelectionRules
    from workbench.workflows.select_examples import select_examples

    given = {"by": by, "keep": keep, "tokens": tokens, "seed": seed}
    rules = parse_config(
        "",
        SelectionRules,
        place="options of data select",
        overrides=[f"{name}={value}" for name, value in given.items() if value is not None],
    )
    result = select_examples(
        find_home(home), version, rules=rules, target=target, model=model, dry_run=dry_run
    )
    show(result, _lines(result), as_json=as_json)


def _lines(result: SelectResult) -> list[str]:
    return [
        *_heading(result),
        "",
        *_arm_lines(result),
        *_MEASURES,
        "",
        *_verdict_lines(result),
        *_next_lines(result),
    ]


def _heading(result: SelectResult) -> list[str]:
    rules, loss = result.rules, result.arms[0].loss
    aim = f" to {result.n_targets} inputs" if result.n_targets else ""
    lines = [
        f"Version {result.parent}: {result.n_kept} of {result.n_candidates} training rows, by "
        f"{rules['by']}{aim}.",
        f"Compared with chance at equal tokens on {result.n_held_out} validation rows of "
        f"{loss.groups} groups, none of which the selection aimed at.",
    ]
    if loss.groups < _FEW_GROUPS:
        lines.append(f"{loss.groups} groups are few: the intervals are rough.")
    if result.n_misfit:
        lines.append(
            f"{result.n_misfit} rows are above 1: to this model the prompt makes their answer less "
            "likely. They come last; if they are many, ask a better model."
        )
    if result.n_untold:
        lines.append(f"{result.n_untold} rows could not be scored and come last.")
    return lines


def _arm_lines(result: SelectResult) -> list[str]:
    headings = ("", "rows", "tokens", "median", "coverage", "diversity", "loss")
    rows = [
        (
            _ARMS[arm.name],
            round(arm.n_rows),
            round(arm.n_tokens),
            round(arm.median_tokens),
            _interval(arm.coverage),
            "" if arm.diversity is None else arm.diversity,
            _interval(arm.loss),
        )
        for arm in result.arms
    ]
    return table(headings, rows)


def _verdict_lines(result: SelectResult) -> list[str]:
    return [
        f"Loss against random: {_gap(result.against_random)}",
        f"Loss against equal lengths: {_gap(result.against_length)}",
        f"Choosing by {result.rules['by']} {result.verdict}.",
    ]


def _next_lines(result: SelectResult) -> list[str]:
    if not result.version:
        return ["Nothing was published; leave out --dry-run to publish it."]
    return [
        f"Version {result.version}: published, with {result.parent} as its parent.",
        "Why was a row left out? workbench data why ROW",
    ]


def _gap(gap: Gap) -> str:
    rows = gap.rows
    return (
        f"{rows.mean:+.3f} (95 % {rows.low:+.3f} to {rows.high:+.3f}); "
        f"one draw differs from others by up to {gap.chance:.3f}."
    )


def _interval(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
