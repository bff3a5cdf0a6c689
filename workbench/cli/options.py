"""Options that every command has, and how every command shows its result."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Home folder; default: $WORKBENCH_HOME, else the current folder."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def show(result: object, lines: Sequence[str], *, as_json: bool) -> None:
    """Print a command's result on stdout: as JSON for programs, or as lines for people."""
    if as_json:
        json.dump(_plain(result), sys.stdout, indent=2, ensure_ascii=False, default=str)
        print()
    else:
        print("\n".join(lines))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lay out rows in aligned columns; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    right = [
        bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        for index in range(len(headings))
    ]
    laid_out = []
    for row in [list(headings), *cells]:
        parts = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        ]
        laid_out.append("  ".join(parts).rstrip())
    return laid_out


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
