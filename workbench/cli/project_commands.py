"""`workbench init`, `doctor` and `demo`: the project as a whole."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home


class Template(StrEnum):
    """The task templates that `init` can write."""

    summarise = "summarise"
    extract = "extract"
    chat = "chat"
    demo = "demo"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(init)
    app.command()(doctor)
    app.command()(demo)
    app.command()(stop)


def init(
    template: Annotated[
        Template, typer.Option("--template", help="Task template to start from.")
    ] = Template.summarise,
    base_model: Annotated[
        str, typer.Option("--base-model", help="Folder of the base model, or `demo`.")
    ] = "demo",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Create a home folder with commented task, recipe and training files.

    Example: workbench init --template summarise --home intake
    """
    from workbench.workflows.init_home import init_home

    result = init_home(home or Path.cwd(), template=template.value, base_model=base_model)
    lines = [f"Home folder: {result.home}"]
    lines += [f"  wrote {name}" for name in result.written]
    lines += [f"  kept  {name}" for name in result.kept]
    lines.append(f"Next: workbench import FILE --home {result.home}")
    show(result, lines, as_json=as_json)


def doctor(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Check the machine, the versions and the servers; exit 1 if something needs mending.

    Example: workbench doctor
    """
    from workbench.workflows.doctor import examine

    result = examine(home)
    rows = [(item.status, item.subject, item.finding) for item in result.findings]
    show(result, table(("status", "what", "finding"), rows), as_json=as_json)
    if not result.healthy:
        raise typer.Exit(1)


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="End after the report instead of serving the app.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Rehearse on fewer notes; the models are worse for it.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run the whole loop on the demo task, with every real part, in minutes on a laptop.

    Example: workbench demo --headless
    """
    from workbench.workflows.demo import run_demo

    result = run_demo(home or Path("demo-home"), headless=headless, quick=quick)
    show(result, result.lines(), as_json=as_json)


def stop(home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Stop every server of the project: application, model server, Argilla.

    Example: workbench stop
    """
    from workbench.workflows.stop import stop_all

    result = stop_all(find_home(home))
    said = f"Stopped: {', '.join(result.servers)}." if result.servers else "Nothing ran."
    show(result, [said], as_json=as_json)
