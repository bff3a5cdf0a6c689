"""`workbench data fix`: write a row's texts as they should be."""

from __future__ import annotations

import getpass
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show
from workbench.errors import ConfigError, DataError
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.edit_row import Editor
    from workbench.workflows.fix_row import FixedRow

_STDIN = "-"


def register(data: typer.Typer) -> None:
    """Add the command to `workbench data`."""
    data.command("fix")(fix_command)


def fix_command(
    row: Annotated[str, typer.Argument(help="Row id, its beginning, or a place: notes.csv:12.")],
    input_file: Annotated[
        str, typer.Option("--input", help="File with the input as it should be; - is stdin.")
    ] = "",
    output_file: Annotated[
        str, typer.Option("--output", help="File with the output as it should be; - is stdin.")
    ] = "",
    rejected_file: Annotated[
        str, typer.Option("--rejected", help="File with the rejected output; - is stdin.")
    ] = "",
    reason: Annotated[str, typer.Option(help="A sentence for whoever asks later.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write a row's texts as they should be; without a file, in the editor $EDITOR.

    The next curate begins with these texts in the place of the imported ones. To take it back:
    workbench data undo manual.fixed --row ROW

    Example: workbench data fix notes.csv:12 --output better.txt --reason "The date was wrong."
    """
    from workbench.workflows.edit_row import edit_row
    from workbench.workflows.fix_row import fix_row

    folder, author = find_home(home), _user_name()
    files = {"input": input_file, "output": output_file, "rejected": rejected_file}
    texts = _read_texts({field: name for field, name in files.items() if name})
    if texts:
        result = fix_row(folder, row, texts, author=author, reason=reason)
    else:
        result = edit_row(folder, row, _editor(), author=author, reason=reason)
    show(result, _lines(result), as_json=as_json)


def _lines(result: FixedRow) -> list[str]:
    return [
        f"Row {result.row_id}: {' and '.join(result.fields)} written anew.",
        "Next: workbench curate",
    ]


def _read_texts(files: Mapping[str, str]) -> dict[str, str]:
    if list(files.values()).count(_STDIN) > 1:
        raise typer.BadParameter("Only one text can come from stdin.")
    return {field: _read(name) for field, name in files.items()}


def _read(name: str) -> str:
    from workbench.workflows.edit_row import read_text

    try:
        content = sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    except OSError as exc:
        raise DataError(f"{name} cannot be read: {exc.strerror}.", "Check the path.") from exc
    return read_text(content, "stdin" if name == _STDIN else name)


def _editor() -> Editor:
    """Return the user's own editor.

    Raises:
        ConfigError: There is none, or nobody to use it.
    """
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not named or not sys.stdin.isatty():
        raise ConfigError(
            "There is no text to write, and no editor to write it in.",
            "Name a file, such as --output better.txt, or set $EDITOR in a terminal.",
        )
    command = shlex.split(named)

    def edit(files: Sequence[Path], problem: DataError | None) -> None:
        if problem:
            print(problem.message, file=sys.stderr)
            typer.confirm("Open the editor again with what you wrote?", abort=True, err=True)
        try:
            subprocess.run([*command, *map(str, files)], check=True)
        except (OSError, subprocess.CalledProcessError) as exc:
            raise ConfigError(
                f"The editor {command[0]!r} failed; nothing was recorded.", "Check $EDITOR."
            ) from exc

    return edit


def _user_name() -> str:
    """Return who runs the command, as the system calls that person."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return f"user {os.getuid()}"
