"""`workbench annotate start · stop · status · open · people · push · progress · pull · …`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.calibration_commands import calibrate
from workbench.cli.label_lines import (
    adjudication_lines,
    finding_lines,
    late_lines,
    people_lines,
    progress_lines,
    undecided_lines,
)
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.cli.pair_commands import balance_lines
from workbench.errors import AnnotationError
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.annotate_backup import BackupResult, RestoreResult
    from workbench.workflows.annotate_pull import PullResult
    from workbench.workflows.annotate_push import PushResult
    from workbench.workflows.annotate_server import AnnotationServer


class Kind(StrEnum):
    """What is labelled."""

    instructions = "instructions"
    preferences = "preferences"
    rankings = "rankings"
    cleaning = "cleaning"


DatasetOption = Annotated[
    str, typer.Option("--dataset", help="Dataset in Argilla; default: the one pushed last.")
]
KindArgument = Annotated[Kind, typer.Argument(help="What is labelled.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    annotate = typer.Typer(help="Label in Argilla.", no_args_is_help=True)
    annotate.command()(start)
    annotate.command()(stop)
    annotate.command()(status)
    annotate.command(name="open")(open_page)
    annotate.command()(people)
    annotate.command()(calibrate)
    annotate.command()(push)
    annotate.command()(progress)
    annotate.command()(adjudicate)
    annotate.command()(pull)
    annotate.command()(backup)
    annotate.command()(restore)
    app.add_typer(annotate, name="annotate")


def start(home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Start the embedded Argilla; a running one is used. The first start installs it.

    Example: workbench annotate start
    """
    from workbench.workflows.annotate_server import start_annotation

    result = start_annotation(find_home(home))
    show(result, _describe(result), as_json=as_json)


def stop(home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Stop the embedded Argilla and every process of it; all answers stay.

    Example: workbench annotate stop
    """
    from workbench.workflows.annotate_server import stop_annotation

    result = stop_annotation(find_home(home))
    stopped = "Argilla is stopped." if result.embedded else "An existing Argilla is left alone."
    show(result, [stopped], as_json=as_json)


def status(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """Say whether Argilla can be worked with, and where; exit 1 if not.

    Example: workbench annotate status
    """
    from workbench.workflows.annotate_server import annotation_status

    result = annotation_status(find_home(home))
    show(result, _describe(result), as_json=as_json)
    if not result.running:
        raise typer.Exit(1)


def open_page(
    dataset: Annotated[
        str, typer.Option("--dataset", help="Dataset to open; default: the list of datasets.")
    ] = "",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser at the address.")
    ] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Open Argilla in the browser and say how to log in.

    Example: workbench annotate open --no-browser
    """
    from workbench.workflows.annotate_server import annotation_status, page_of_dataset

    project = find_home(home)
    page = page_of_dataset(project, dataset)
    result = annotation_status(project)
    if browser and not as_json:
        typer.launch(page)
    shown = {"page": page, "username": result.username, "credentials_file": result.credentials_file}
    show(shown, [page, *_login(result)], as_json=as_json)


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
    version: Annotated[
        str,
        typer.Option(
            "--version",
            help="Version whose examples are labelled; default: the latest, or the one it was "
            "pulled from.",
        ),
    ] = "",
    split: Annotated[str, typer.Option("--split", help="Split of that version.")] = "train",
    answers: Annotated[
        str | None,
        typer.Option("--answers", help="Set of generated answers, for preferences and rankings."),
    ] = None,
    ranked: Annotated[
        int, typer.Option("--ranked", min=3, max=4, help="Answers to rank, for rankings.")
    ] = 3,
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

    project = find_home(home)
    if kind in (Kind.instructions, Kind.cleaning) and answers is not None:
        raise AnnotationError("--answers is for preferences and rankings.", "Leave it out.")
    if kind is Kind.instructions:
        result = push_instructions(project, version=version, split=split, limit=limit, seed=seed)
    elif kind is Kind.cleaning:
        result = push_cleaning(project, version=version, limit=limit, seed=seed)
    elif answers is None:
        raise AnnotationError(
            f"{kind.capitalize()} need a set of generated answers.",
            "Name it with --answers; the sets are the folders of answers/.",
        )
    elif kind is Kind.preferences:
        result = push_preferences(project, answer_set=answers, limit=limit, seed=seed)
    else:
        result = push_rankings(
            project, answer_set=answers, n_answers=ranked, limit=limit, seed=seed
        )
    show(result, _pushed(result), as_json=as_json)


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
    show(result, _pulled(result), as_json=as_json)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the whole server into one file while people work: answers, accounts, keys, labels/.

    Example: workbench annotate backup argilla-monday.zip
    """
    from workbench.workflows.annotate_backup import back_up_annotation

    result = back_up_annotation(find_home(home), file)
    lines = [
        f"Wrote {result.file} ({result.size_bytes / 1e6:.1f} MB): {_content(result)}",
        "It holds passwords and keys; only you can read it (mode 0600).",
        f"Next: workbench annotate restore {result.file}",
    ]
    show(result, lines, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="File that `annotate backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where people have worked; that is kept aside.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Put a backup in the place of the server and of labels/; what is there is kept aside.

    Example: workbench annotate restore argilla-monday.zip --replace
    """
    from workbench.workflows.annotate_backup import restore_annotation

    result = restore_annotation(find_home(home), file, replace=replace)
    lines = [f"Restored {result.file} of {result.created_at}: {_content(result)}"]
    if result.kept_aside:
        lines.append(f"The former server and labels are kept in {result.kept_aside}")
    lines.append(
        "Argilla runs again." if result.running else "Start it with `workbench annotate start`."
    )
    show(result, lines, as_json=as_json)


def _content(result: BackupResult | RestoreResult) -> str:
    return (
        f"{result.datasets} datasets, {result.records} records, {result.responses} answers, "
        f"{result.users} accounts, labels of {result.labelled} datasets"
    )


def _describe(result: AnnotationServer) -> list[str]:
    indexing = (
        ["Its search index is being built anew; whoever asks waits until then."]
        if result.is_indexing
        else []
    )
    if not result.running:
        parts = _parts(result) if result.parts else []
        log = [f"Log: {result.log}"] if result.log else []
        return [result.problem, *(indexing or [result.remedy]), *parts, *log]
    lines = [
        f"Argilla answers on {result.url}, workspace {result.workspace}",
        *_login(result),
    ]
    if result.lost_port:
        lines.append(
            f"Port {result.lost_port} of the last start is taken: bookmarks and links with it no "
            "longer lead here. To go back to it, free it, set argilla.port and start again."
        )
    if result.first_password:
        lines.append(
            f"Password {result.first_password}, API key {result.first_api_key} (shown once)"
        )
    if result.embedded:
        lines += _parts(result)
        lines.append(f"Log: {result.log}")
    return lines


def _login(result: AnnotationServer) -> list[str]:
    if not result.embedded:
        return []
    return [f"Log in as {result.username}; the password is in {result.credentials_file}"]


def _parts(result: AnnotationServer) -> list[str]:
    rows = [
        (part.name, part.pid or "not running", f"{part.memory_bytes / 1e6:.0f} MB")
        for part in result.parts
    ]
    total = sum(part.memory_bytes for part in result.parts) / 1e6
    return table(("part", "pid", "memory"), [*rows, ("together", "", f"{total:.0f} MB")])


def _pushed(result: PushResult) -> list[str]:
    lines = [
        f"Pushed {result.n_pushed} records to {result.dataset}"
        f" ({result.n_existing} were there already, {result.n_records} in all)",
    ]
    if result.is_continued:
        lines.append(
            f"  of version {result.version}, which the latest was pulled from; to label that one "
            "anew, name it: --version latest"
        )
    lines += finding_lines(result)
    if result.n_identical or result.n_single:
        lines.append(
            f"  left out: {result.n_identical} prompts with equal answers, "
            f"{result.n_single} with too few answers"
        )
    if result.n_carried:
        lines.append(
            f"  {result.n_carried} of them came with what people had answered before, as far as it "
            "fits"
        )
    if result.n_late:
        lines.append(
            f"  {result.n_late} answers came that were given in an earlier version since the last "
            "push"
        )
    lines.append(f"Answer them at {result.url}")
    lines.append(f"Next: workbench annotate pull {result.kind}")
    return lines


def _pulled(result: PullResult) -> list[str]:
    outcomes = ", ".join(f"{number} {name}" for name, number in result.outcomes.items())
    lines = [
        f"Pulled {result.n_answers} answers to {result.n_answered} of {result.n_records} records "
        f"of {result.dataset}: {outcomes}",
        f"  {result.n_new_revisions} new or changed since the last pull; "
        f"{result.n_drafts} drafts and {result.n_discarded} discarded do not count",
    ]
    if result.n_missing or result.n_gone:
        lines.append(
            f"  no longer in Argilla: {result.n_missing} records, {result.n_gone} answers "
            "(their revisions are kept in labels/)"
        )
    if second := result.missing_adjudication:
        lines.append(
            f"  {second} is no longer in Argilla: first answers count; what was decided there is "
            f"kept in labels/{second}"
        )
    lines += late_lines(result.kind, result.n_late)
    lines += undecided_lines(result)
    if not result.version:
        lines.append("Recorded what was said of them. Next: workbench curate")
        return lines
    lines.append(f"Published version {result.version} with {result.n_rows} rows")
    lines += [f"  left out by pairs.{rule}: {count}" for rule, count in result.left_out.items()]
    lines += balance_lines(result.balance)
    if result.simulated_rows:
        lines.append(f"  {result.simulated_rows} of them SIMULATED: written by scripted annotators")
    return lines
