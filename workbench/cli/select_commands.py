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
    from workbench.curation.selection_report import Arm, Gap
    from workbench.evaluation.statistics import Estimate
    from workbench.workflows.select_examples import SelectResult


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
    from workbench.curation.selection_rules import SelectionRules
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
    selected, random, _ = result.arms
    state = f"Version {result.version}: published." if result.version else "Nothing was published."
    return [str(arm) for arm in result.arms] + [result.verdict, state]
