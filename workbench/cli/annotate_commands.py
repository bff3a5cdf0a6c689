"""`workbench annotate people · push · progress · adjudicate · pull`, and the group of them all."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import argilla_commands
from workbench.cli.calibration_commands import calibrate
from workbench.cli.label_lines import (
    adjudication_lines,
    people_lines,
    progress_lines,
)
from workbench.cli.label_options import (
    AnswersOption,
    DatasetOption,
    Kind,
    KindArgument,
    LabelledSplitOption,
    LabelledVersionOption,
    RankedOption,
    answer_set_of,
)
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show
from workbench.cli.sync_lines import pulled_lines, pushed_lines
from workbench.home import find_home


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    annotate = typer.Typer(help="Label in Argilla.", no_args_is_help=True)
    annotate.command()(argilla_commands.start)
    annotate.command()(argilla_commands.stop)
    annotate.command()(argilla_commands.status)
    annotate.command(name="open")(argilla_commands.open_page)
    annotate.command()(people)
    annotate.command()(calibrate)
    annotate.command()(push)
    annotate.command()(progress)
    annotate.command()(adjudicate)
    annotate.command()(pull)
    annotate.command()(argilla_commands.backup)
    annotate.command()(argilla_commands.restore)
    app.add_typer(annotate, name="annotate")


def people(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Make accounts and let people in or out, as annotators.yaml says; nobody is ever deleted.

    Without that file the names in task.yaml are meant.

    Example: workbench annotate people
    """
    from workbench.workflows.annotate_people import apply_people

    result = apply_people(find_home(home))
    show(result, people_lines(result), as_json=as_json)


def progress(
    kind: KindArgument = Kind.instructions,
    dataset: DatasetOption = "",
    top: Annotated[
        int, typer.Option("--top", min=0, help="Show at most so many disputed records.")
    ] = 5,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Say who answered how much and how fast, how far people agree, and where they differ.

    Unread answers came faster than the record can be read, with the draft untouched.

    Example: workbench annotate progress preferences
    """
    from workbench.workflows.annotate_progress import read_progress

    result = read_progress(find_home(home), kind.value, dataset=dataset)
    show(result, progress_lines(result, n_disputed=top), as_json=as_json)


def adjudicate(
    kind: KindArgument = Kind.instructions,
    dataset: DatasetOption = "",
    min_dispute: Annotated[
        float,
        typer.Option("--min-dispute", min=0, max=1, help="Only records at least so disputed, 0-1."),
    ] = 0.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Push the records on which people differ into a second task; what is answered there decides.

    It is in a workspace of its own: let those in who decide, by annotators.yaml.

    Example: workbench annotate adjudicate instructions --min-dispute 0.3
    """
    from workbench.workflows.annotate_adjudicate import adjudicate_disputed

    result = adjudicate_disputed(
        find_home(home), kind.value, dataset=dataset, min_dispute=min_dispute
    )
    show(result, adjudication_lines(result), as_json=as_json)


def push(
    kind: KindArgument = Kind.instructions,
    version: LabelledVersionOption = "",
    split: LabelledSplitOption = "train",
    answers: AnswersOption = None,
    ranked: RankedOption = 3,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            help="At most so many rows; of cleaning, rows with all of their findings, each finding "
            "a record.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Draws the rows and the blind order.")] = 7,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Push drafts, answers to compare, or findings to review; what is there stays untouched.

    Example: workbench annotate push instructions --limit 200
    """
    from workbench.workflows.annotate_push import push_instructions
    from workbench.workflows.push_answers import push_preferences, push_rankings
    from workbench.workflows.push_cleaning import push_cleaning

    project, answer_set = find_home(home), answer_set_of(kind, answers)
    if kind is Kind.instructions:
        result = push_instructions(project, version=version, split=split, limit=limit, seed=seed)
    elif kind is Kind.cleaning:
        result = push_cleaning(project, version=version, limit=limit, seed=seed)
    elif kind is Kind.preferences:
        result = push_preferences(project, answer_set=answer_set, limit=limit, seed=seed)
    else:
        result = push_rankings(
            project, answer_set=answer_set, n_answers=ranked, limit=limit, seed=seed
        )
    show(result, pushed_lines(result), as_json=as_json)


def pull(
    kind: KindArgument = Kind.instructions,
    dataset: DatasetOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Pull the answers, keep every revision, and publish or record what they say.

    Example: workbench annotate pull instructions
    """
    from workbench.workflows.annotate_pull import pull_instructions
    from workbench.workflows.pull_answers import pull_preferences, pull_rankings
    from workbench.workflows.pull_cleaning import pull_cleaning

    work = {
        Kind.instructions: pull_instructions,
        Kind.preferences: pull_preferences,
        Kind.rankings: pull_rankings,
        Kind.cleaning: pull_cleaning,
    }[kind]
    result = work(find_home(home), dataset=dataset)
    show(result, pulled_lines(result), as_json=as_json)
