"""`workbench app`, `study` and `feedback`: the web application, blind studies and their votes."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.cli.pair_commands import balance_lines
from workbench.home import find_home


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(name="app")(run)
    app.command()(feedback)
    study = typer.Typer(help="Blind studies: compare the answers of two or more models.")
    study.command(name="create")(study_create)
    study.command(name="status")(study_status)
    study.command(name="close")(study_close)
    app.add_typer(study, name="study")


def run(
    port: Annotated[
        int | None,
        typer.Option("--port", help="Port; 0 picks a free one. Default: workbench.toml."),
    ] = None,
    admin: Annotated[
        str, typer.Option("--admin", help="Make (or reset) this lead's account; prints a password.")
    ] = "",
    setup_link: Annotated[
        bool, typer.Option(help="Print a one-time link to make the first account.")
    ] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run the web application in the foreground; Ctrl-C stops it.

    Example: workbench app --port 7860
    """
    from workbench.app.run import run_app
    from workbench.workflows.people import create_admin

    place = find_home(home)
    if admin:
        made = create_admin(place, admin)
        typer.echo(f"Sign in as {made.name} with password {made.password} (shown only now)")

    def announce(address: str, link: str) -> None:
        result = {"address": address, "setup_link": link}
        lines = [f"The application answers at {address} (Ctrl-C stops it)"]
        if link:
            lines.append(f"First run: make your account at {link}")
        show(result, lines, as_json=as_json)

    run_app(place, port=port, announce=announce, setup_link=setup_link)


def study_create(
    arm: Annotated[
        list[str] | None, typer.Option("--arm", help="A model to compare; give two or more.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="Whose prompts to use.")] = "feedback",
    answers: Annotated[
        list[str] | None, typer.Option("--answers", help="Answer set; default: newest of each arm.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Most prompts.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the order of prompts and sides.")] = 0,
    name: Annotated[str, typer.Option("--name", help="Shown in tables.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Freeze the generated answers of two or more models into a blind study.

    Example: workbench study create --arm sft --arm dpo --split feedback
    """
    from workbench.workflows.studies import create_study

    made = create_study(
        find_home(home),
        arms=tuple(arm or ("sft", "dpo")),
        split=split,
        answer_sets=tuple(answers or ()),
        limit=limit,
        seed=seed,
        name=name,
    )
    counts = made.counts
    lines = [
        f"{made.study_id}: {made.name}",
        f"{counts.comparisons - counts.identical} comparisons to judge; "
        f"{counts.identical} of {counts.comparisons} are ties with the same answer, not shown",
        "Next: workbench app, then the Compare page",
    ]
    show(made, lines, as_json=as_json)


def study_status(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """List the studies and how far they are.

    Example: workbench study status
    """
    from workbench.workflows.studies import study_status as status

    found = status(find_home(home))
    headings = ("study", "name", "split", "status", "judged", "of", "votes", "raters")
    rows = [
        (
            study.study_id,
            study.name,
            study.split,
            study.status,
            study.counts.decided,
            study.counts.comparisons - study.counts.identical,
            study.counts.votes,
            study.counts.raters,
        )
        for study in found
    ]
    show(found, table(headings, rows) if rows else ["There is no study yet."], as_json=as_json)


def study_close(
    study: Annotated[str, typer.Argument(help="Id of the study.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take no more votes for a study.

    Example: workbench study close study-0123456789
    """
    from workbench.workflows.studies import close_study

    closed = close_study(find_home(home), study)
    show(closed, [f"{closed.study_id} is closed with {closed.counts.votes} votes"], as_json=as_json)


def feedback(
    study: Annotated[
        str | None, typer.Option("--study", help="One study; default: all on the feedback split.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Publish the votes on feedback prompts as preference pairs in a new version.

    Example: workbench feedback
    """
    from workbench.workflows.feedback import feedback as publish

    made = publish(find_home(home), study_id=study)
    lines = [
        f"Version {made.version}: {made.pairs} pairs from {made.votes} votes "
        f"({made.simulated_pairs} simulated)"
    ]
    lines += [f"  no pair: {count} {reason}" for reason, count in sorted(made.left_out.items())]
    lines += balance_lines(made.balance)
    show(made, lines, as_json=as_json)
