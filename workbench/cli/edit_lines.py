"""Before and after of edits as lines for a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.curation.wording.shown_edits import ShownChange, ShownEdit

_GONE, _NEW, _PLAIN = "\x1b[31;9m", "\x1b[32m", "\x1b[0m"
_SHOWN_CHANGES = 5
_SHOWN_CHARACTERS = 200
_MARKS = {"\n": "⏎", "\r": "␍", "\t": "⇥"}


def edit_lines(edits: Iterable[ShownEdit], *, indent: str) -> list[str]:
    """Return one line a change, with the words around it; of many the first five.

    In a terminal what went is red and struck out, and what came green; elsewhere they stand as
    `[-gone-]` and `{+new+}`.
    """
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return [indent + line for edit in edits for line in _lines(edit, coloured=coloured)]


def _lines(edit: ShownEdit, *, coloured: bool) -> list[str]:
    where = edit.field if edit.is_made else f"{edit.field}, not made"
    lines = [
        f"{where}, at {change.start}{f' ({change.kind})' if change.kind else ''}: "
        f"{_in_place(change, coloured=coloured)}"
        for change in edit.changes[:_SHOWN_CHANGES]
    ]
    if (left := len(edit.changes) - len(lines)) > 0:
        lines.append(f"{where}: and {left} more; --json has all of them")
    return lines


def _in_place(change: ShownChange, *, coloured: bool) -> str:
    before, after = _visible(change.before), _visible(change.after)
    if coloured:
        gone, new = f"{_GONE}{before}{_PLAIN}", f"{_NEW}{after}{_PLAIN}"
    else:
        gone, new = f"[-{before}-]", f"{{+{after}+}}"
    shown = (gone if before else "") + (new if after else "")
    return _safe(change.lead) + shown + _safe(change.trail)


def _visible(text: str) -> str:
    """Return a changed span: bounded, and so that spaces and what has no glyph can be seen."""
    safe = _safe(text[:_SHOWN_CHARACTERS])
    if text.isspace():
        safe = safe.replace(" ", "·")
    return safe + (" …" if len(text) > _SHOWN_CHARACTERS else "")


def _safe(text: str) -> str:
    """Return text in one line, without characters that would steer a terminal."""
    return "".join(_MARKS.get(c) or (c if c.isprintable() else f"<{ord(c):04X}>") for c in text)
