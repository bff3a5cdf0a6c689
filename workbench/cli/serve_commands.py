"""`workbench merge`, `check parity` and `serve start · stop · status`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from serving import ServerStatus


class BackendName(StrEnum):
    """What may serve."""

    auto = "auto"
    vllm = "vllm"
    transformers = "transformers"


BackendOption = Annotated[
    BackendName | None,
    typer.Option("--backend", help="What serves; default: serving.backend of workbench.toml."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(merge)
    check = typer.Typer(help="Prove that parts agree.", no_args_is_help=True)
    check.command()(parity)
    app.add_typer(check, name="check")
    serve = typer.Typer(help="The model server.", no_args_is_help=True)
    serve.command()(start)
    serve.command()(stop)
    serve.command()(status)
    app.add_typer(serve, name="serve")


def merge(
    run: Annotated[
        str, typer.Argument(help="Run id, its beginning, latest:sft or latest:dpo.")
    ] = "latest:dpo",
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the merged model; default: the run id.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Merge a run's adapter into its base and prove that nothing else changed.

    Example: workbench merge latest:dpo --name intake-1
    """
    from workbench.workflows.merge_model import merge_model

    result = merge_model(find_home(home), run=run, name=name)
    parity = result.parity
    there = " (it was there already)" if result.was_there else ""
    lines = [
        f"Merged {result.run_id} into {result.folder}{there}",
        f"  {result.tensors_changed} weights changed, in {result.changed_fraction:.0%} of their "
        f"values; {parity['exact_weights']} of them are base plus adapter",
        f"  against the unmerged model, {parity['tokens']} tokens of {parity['prompts']} answers: "
        f"KL {parity['mean_kl']:.5f} nats, same best token in {parity['top1_agreement']:.1%} "
        f"(clear cases: {parity['decided_agreement']:.1%} of {parity['decided_tokens']})",
        f"  against the trained model (NF4 base): {parity['trained_difference']:.3f} nats a token",
        f"Next: workbench check parity {result.name}",
    ]
    show(result, lines, as_json=as_json)


def parity(
    name: Annotated[
        str, typer.Argument(help="Merged model; default: the newest one.", show_default=False)
    ] = "",
    backend: BackendOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Serve a merged model once and prove that it is the trained one.

    Example: workbench check parity intake-1
    """
    from workbench.workflows.check_parity import check_parity

    result = check_parity(find_home(home), name=name, backend=backend.value if backend else "")
    lines = [
        f"{result.name} as served by {result.backend} is the trained model:",
        f"  token ids equal in {result.equal_token_ids} of {result.prompts} prompts",
        f"  against the merged model, {result.tokens} tokens: {result.merged_difference:.4f} nats "
        f"a token, same best token in {result.decided_agreement:.1%} of {result.decided_tokens} "
        "clear cases",
        f"  against the trained model (NF4 base): {result.trained_difference:.3f} nats a token, "
        f"where training moved it by {result.trained_effect:.3f}; "
        f"same best token in {result.top1_trained:.1%}",
    ]
    show(result, lines, as_json=as_json)


def start(
    arm: Annotated[
        list[str] | None,
        typer.Option(
            "--arm", help="base, sft, dpo or run:<run id>; repeatable. Default: all three."
        ),
    ] = None,
    merged: Annotated[
        str | None, typer.Option("--merged", help="Serve this merged model alone instead.")
    ] = None,
    backend: BackendOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Serve base, SFT and DPO side by side; a running server is used and extended.

    Example: workbench serve start --arm base --arm sft
    """
    from workbench.workflows.serve_models import DEFAULT_ARMS, serve_start

    result = serve_start(
        find_home(home),
        arms=tuple(arm or DEFAULT_ARMS),
        merged=merged,
        backend=backend.value if backend else "",
    )
    show(result, _describe(result), as_json=as_json)


def stop(home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Stop the model server and every process of it.

    Example: workbench serve stop
    """
    from workbench.workflows.serve_models import serve_stop

    result = serve_stop(find_home(home))
    show(result, ["The model server is stopped."], as_json=as_json)


def status(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Say whether the model server answers, with what, and which models it serves.

    Example: workbench serve status
    """
    from workbench.workflows.serve_models import serve_status

    result = serve_status(find_home(home))
    show(result, _describe(result), as_json=as_json)


def _describe(result: ServerStatus) -> list[str]:
    if not result.running:
        return ["The model server does not run. Start it with `workbench serve start`."]
    lines = [f"Serving on {result.url} with {result.backend}: {result.reason}"]
    if result.backend == "transformers":
        lines.append("This is the slow stand-in for vLLM; answers are the same model's.")
    return [*lines, *table(("arm", "served as"), list(result.models.items())), f"Log: {result.log}"]
