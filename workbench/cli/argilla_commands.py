"""`workbench annotate start · stop · status · open · backup · restore`: the server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.annotate_backup import BackupResult, RestoreResult
    from workbench.workflows.annotate_server import AnnotationServer


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
