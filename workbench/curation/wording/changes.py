"""Edits of a text as before/after spans: what an editor changed, shown, undone and reviewed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.curation.wording.shortest_edit import kept_tokens
from workbench.errors import DataError

_TOKEN = re.compile(r"\w+|\s|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Change:
    """One span of a text that was replaced.

    Attributes:
        start: Where the span begins in the text before the edit, in characters.
        before: The span as it was; empty for an insertion.
        after: What stands there now; empty for a removal.
        rule: Name of the rule that asked for it, where an editor has several.
    """

    start: int
    before: str
    after: str
    rule: str = ""

    @property
    def end(self) -> int:
        """Where the span ended in the text before the edit."""
        return self.start + len(self.before)


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after an editor.

    Attributes:
        text: The text with the changes made.
        changes: In the order of the text, none overlapping another.
        suggestions: Changes that were not made, for a person to judge; starts count in the text
            before the edit, as those of the changes do.
    """

    text: str
    changes: tuple[Change, ...] = ()
    suggestions: tuple[Change, ...] = ()


def make_changes(text: str, changes: Iterable[Change]) -> str:
    """Return the text with the changes made; the inverse of `revert`.

    Raises:
        DataError: A change does not fit the text.
    """
    return replace_spans(text, ((each.start, each.before, each.after) for each in changes))


def replace_spans(text: str, spans: Iterable[Sequence[Any]]) -> str:
    """Return the text with spans replaced.

    Args:
        text: The text.
        spans: Start, what stands there, and what is to; in the order of the text.

    Raises:
        DataError: A span does not fit the text.
    """
    parts = []
    place = 0
    for start, before, after in spans:
        end = start + len(before)
        if start < place or text[start:end] != before:
            raise DataError("The changes were made to another text than this one.")
        parts += [text[place:start], after]
        place = end
    return "".join([*parts, text[place:]])


def revert(text: str, changes: Iterable[Change]) -> str:
    """Return the text as it was before the changes.

    Raises:
        DataError: The text is not what the changes left.
    """
    undone = []
    grown = 0  # characters by which earlier changes moved what follows them
    for change in changes:
        undone.append(Change(change.start + grown, change.after, change.before))
        grown += len(change.after) - len(change.before)
    return make_changes(text, undone)


def edit_once(edit: Callable[[str], Edited], text: str) -> Edited:
    """Apply an editor, unless its result is something that it would change again; see `settle`."""
    edited = edit(text)
    return settle(text, edited, edit(edited.text)) if edited.changes else edited


def settle(text: str, edited: Edited, again: Edited) -> Edited:
    """Return an edit if a second pass changed nothing, else its changes as suggestions.

    A second pass finds something where what the first wrote forms a match with the words around
    it. Which of the readings is meant is then for a person to say. So an editor behind this
    function never changes its own result.
    """
    if not again.changes:
        return edited
    suggestions = sorted((*edited.changes, *edited.suggestions), key=lambda change: change.start)
    return Edited(text, (), tuple(suggestions))


def diff_spans(before: str, after: str) -> tuple[Change, ...]:
    """Return the fewest words, spaces and marks that turn one text into the other.

    The shortest edit is found up to 1,000 tokens removed and added (see `kept_tokens`); texts that
    differ by more give one span from the first difference to the last.
    """
    if before == after:
        return ()
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    numbers: dict[str, int] = {}
    kept = kept_tokens(_numbered(old, numbers), _numbered(new, numbers))
    return tuple(_spans(old, new, kept.before, kept.after))


def _numbered(tokens: Sequence[str], numbers: dict[str, int]) -> npt.NDArray[np.int64]:
    return np.array([numbers.setdefault(token, len(numbers)) for token in tokens], np.int64)


def _spans(
    old: Sequence[str],
    new: Sequence[str],
    kept_old: npt.NDArray[np.bool_],
    kept_new: npt.NDArray[np.bool_],
) -> list[Change]:
    """Return the runs of tokens between kept ones; both texts keep equally many, in order."""
    changes: list[Change] = []
    i = j = place = 0
    while i < len(old) or j < len(new):
        span = Change(place, "", "")
        while i < len(old) and not kept_old[i]:
            span = replace(span, before=span.before + old[i])
            i += 1
        while j < len(new) and not kept_new[j]:
            span = replace(span, after=span.after + new[j])
            j += 1
        if span.before or span.after:
            changes.append(span)
            place += len(span.before)
        if i < len(old):
            place += len(old[i])
        i, j = i + 1, j + 1
    return changes
