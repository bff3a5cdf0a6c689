"""`workbench data export`: a version in the format that another trainer reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.groups import data_group
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.export_version import ExportResult


def register(app: typer.Typer) -> None:
    """Add the command to the `data` group."""
    data_group(app).command("export")(export_command)


def export_command(
    to: Annotated[Path, typer.Option("--to", help="Folder to write; new, or empty.")],
    file_format: Annotated[
        str,
        typer.Option(
            "--format", help="parquet, trl, llama-factory, axolotl, openai, alpaca or sharegpt."
        ),
    ],
    version: Annotated[
        str, typer.Argument(help="Digest, its beginning, latest, latest:examples or latest:pairs.")
    ] = "latest",
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier export in that folder.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the splits of a version for another trainer, with a card that says what they are.

    Example: workbench data export latest:examples --format trl --to exported
    """
    from workbench.workflows.export_version import export_version

    result = export_version(
        find_home(home), version, file_format=file_format, folder=to, force=force
    )
    show(result, _lines(result), as_json=as_json)


def _lines(result: ExportResult) -> list[str]:
    rows = [(file.name, file.split, file.n_rows) for file in result.files if file.split]
    notes = ", ".join(file.name for file in result.files if not file.split)
    lines = [
        f"Version {result.version} ({result.kind}) as {result.format} in {result.folder}",
        *table(("file", "split", "rows"), rows),
        f"Beside them: {notes}",
    ]
    if result.leakage == "leaking":
        lines.append("Warning: evaluation text stands in its train split; the card says so.")
    return lines
