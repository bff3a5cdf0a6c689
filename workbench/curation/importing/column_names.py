"""Names of columns on a command line: those with `,`, `=` or `+` stand in quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.errors import ImportFileError

_MARKS = re.compile(r'[,=+"]')


def quoted(name: str) -> str:
    """Return a name as `--map` takes it; a quotation mark within quotation marks is doubled."""
    if _MARKS.search(name) or name != name.strip() or not name:
        return '"' + name.replace('"', '""') + '"'
    return name


def joined_names(names: Iterable[str]) -> str:
    """Return several columns that are to be joined, as `A+B`."""
    return "+".join(map(quoted, names))


def split_names(text: str) -> tuple[str, ...]:
    """Return the columns of `A+B`; the inverse of `joined_names`.

    Raises:
        ImportFileError: A quotation mark has no partner.
    """
    return tuple(map(unquoted_name, split_unquoted(text, "+")))


def split_unquoted(text: str, separator: str) -> list[str]:
    """Split a text at a character wherever that stands outside of quotation marks.

    Raises:
        ImportFileError: A quotation mark has no partner.
    """
    if text.count('"') % 2:
        raise ImportFileError(
            f"--map {text!r} has a quotation mark without its partner.",
            "Example: --map 'input=\"Full text, edited\",output=answer'; a quotation mark within a "
            'name is written twice: "5"" pipe".',
        )
    parts = [""]
    # every second piece stands in quotation marks; a doubled one ends a piece and begins the next
    for number, piece in enumerate(text.split('"')):
        mark = '"' if number else ""
        if number % 2:
            parts[-1] += mark + piece
            continue
        first, *others = piece.split(separator)
        parts[-1] += mark + first
        parts += others
    return parts


def unquoted_name(name: str) -> str:
    """Return a single name without its quotation marks, if it stands in some."""
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return name
