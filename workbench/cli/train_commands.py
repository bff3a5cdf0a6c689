"""`workbench train sft · dpo` and `workbench runs list · show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from training import RunRecord

_SHOWN_METRICS = 12

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a setting for this run, as key=value; repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    train = typer.Typer(help="Fine-tune on this machine.", no_args_is_help=True)
    train.command()(sft)
    train.command()(dpo)
    app.add_typer(train, name="train")
    runs = typer.Typer(help="Training runs.", no_args_is_help=True)
    runs.command("list")(list_all)
    runs.command("show")(show_one)
    app.add_typer(runs, name="runs")


def sft(
    version: Annotated[
        str, typer.Option("--version", help="Version of examples to learn from.")
    ] = "latest:examples",
    settings: SetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Train an SFT adapter with QLoRA; stopped or killed, the same command continues.

    Example: workbench train sft --set epochs=3 --set lora.rank=32
    """
    from workbench.workflows.train_sft import train_sft

    record = train_sft(find_home(home), version=version, overrides=tuple(settings or ()))
    show(record.to_json(), [*_describe(record), "Next: workbench serve start"], as_json=as_json)


def dpo(
    version: Annotated[
        str, typer.Option("--version", help="Version of preference pairs to learn from.")
    ] = "latest:pairs",
    sft_run: Annotated[
        str, typer.Option("--sft-run", help="SFT run to continue; it is also the reference.")
    ] = "latest:sft",
    settings: SetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Continue an SFT adapter on preference pairs, with that adapter as the reference.

    Example: workbench train dpo --set beta=0.2
    """
    from workbench.workflows.train_dpo import train_dpo

    record = train_dpo(
        find_home(home), version=version, sft_run=sft_run, overrides=tuple(settings or ())
    )
    show(record.to_json(), [*_describe(record), "Next: workbench merge"], as_json=as_json)


def list_all(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """List the runs, newest first.

    Example: workbench runs list
    """
    from workbench.workflows.runs import all_runs

    records = all_runs(find_home(home))
    rows = [
        (r.run_id, r.status, r.version, r.steps, r.trained_tokens, r.created_at) for r in records
    ]
    headings = ("run", "status", "version", "steps", "tokens", "started")
    lines = table(headings, rows) if rows else ["No run yet: start one with `workbench train sft`."]
    show([record.to_json() for record in records], lines, as_json=as_json)


def show_one(
    run: Annotated[str, typer.Argument(help="Run id, its beginning, latest:sft or latest:dpo.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show a run: how it stands, what it measured, its last metrics.

    Example: workbench runs show latest:sft
    """
    from workbench.workflows.runs import show_run

    view = show_run(find_home(home), run)
    lines = _describe(view.record)
    rows = [row for row in view.metrics if "loss" in row][-_SHOWN_METRICS:]
    if rows:
        lines += table(
            ("step", "loss", "tokens"), [(r["step"], float(r["loss"]), r["tokens"]) for r in rows]
        )
    show({**view.record.to_json(), "metrics": view.metrics}, lines, as_json=as_json)


def _describe(record: RunRecord) -> list[str]:
    lines = [
        f"Run {record.run_id} is {record.status}: {record.steps} steps, "
        f"{record.trained_tokens:,} tokens of version {record.version}",
    ]
    if record.message:
        lines.append(f"  {record.message}")
    lines += _measured(record.summary)
    if record.status == "complete":
        lines.append(f"  adapter in {record.adapter_folder}")
    return lines


def _measured(summary: Mapping[str, Any]) -> list[str]:
    lines = []
    if "tokens_per_second" in summary:
        lines.append(
            f"  {summary['seconds']:.0f} s at {summary['tokens_per_second']:,.0f} tokens/s, "
            f"rows up to {summary['max_length']} tokens"
        )
    if dropped := summary.get("dropped_over_length"):
        lines.append(f"  {dropped} rows were longer and left out")
    if held_out := summary.get("validation"):
        values = ", ".join(
            f"{key} {value:.3f}" for key, value in held_out.items() if isinstance(value, float)
        )
        lines.append(f"  validation: {values}")
    return lines
