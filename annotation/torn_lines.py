"""Read a file of one JSON value a line of which a crash or a full disk may have torn the last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from workbench.errors import AnnotationError
from workbench.files import write_atomic
from workbench.progress import track

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class TornLine:
    """The last line of a file, as far as it was written; lines count from 1."""

    number: int
    content: bytes


def read_lines(file: Path, parse: Callable[[Any], _Row]) -> tuple[list[_Row], TornLine | None]:
    """Return the rows of a file, and its last line apart if that is no row.

    Args:
        file: One JSON value a line; only a line feed ends a line.
        parse: Makes a row of a value; a ValueError or TypeError says that it is none.

    Raises:
        AnnotationError: A line before the last is no row, which no torn write explains.
    """
    rows: list[_Row] = []
    lines = [(n, line) for n, line in enumerate(file.read_bytes().split(b"\n"), 1) if line]
    for number, line in lines:
        try:
            rows.append(parse(json.loads(line)))
        except (ValueError, TypeError) as exc:
            if number == lines[-1][0]:
                return rows, TornLine(number, line)
            raise AnnotationError(
                f"{file}, line {number} is damaged; nothing was changed.",
                "Restore the file from a backup of the home, or move that line out of it: the "
                "other lines stay, and what Argilla still holds is read again.",
            ) from exc
    return rows, None


def set_aside(file: Path, torn: TornLine) -> Path:
    """Keep a torn line beside its file, say so, and return where; the caller rewrites the file."""
    name = f"{file.stem}-torn-{hashlib.sha256(torn.content).hexdigest()[:8]}.txt"
    with track(f"set aside line {torn.number} of {file}, which was torn, as {name}"):
        write_atomic(file.with_name(name), torn.content)
    return file.with_name(name)
