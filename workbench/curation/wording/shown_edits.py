"""The edits of a row as people read them: before and after, with a few words around."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.curation.wording.changes import Change
from workbench.curation.wording.text_edits import TextEdit, with_edits

_CONTEXT = 40  # characters on each side, less what would cut a word


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One span that was replaced, or would be.

    Attributes:
        start: Where it begins in the text that the rule saw, in characters.
        end: Where it ends there.
        lead: The words before it.
        before: What stood there; empty for an insertion.
        after: What stands there now; empty for a removal.
        trail: The words behind it.
        kind: Which kind it is of, where the rule has several, such as `greeting`; else empty.
    """

    start: int
    end: int
    lead: str
    before: str
    after: str
    trail: str
    kind: str


@dataclass(frozen=True, slots=True)
class ShownEdit:
    """What one rule changed in one text.

    Attributes:
        stage: Stage of curation.
        rule: Rule within the stage.
        field: `input`, `output` or `rejected`.
        is_made: False for what the rule only suggests.
        changes: In the order of the text.
    """

    stage: str
    rule: str
    field: str
    is_made: bool
    changes: tuple[ShownChange, ...]


def shown_edits(
    imported: Mapping[str, str], edits: Iterable[tuple[str, TextEdit]]
) -> tuple[ShownEdit, ...]:
    """Return a row's edits with what stood around them.

    Args:
        imported: The texts from which the edits lead on.
        edits: Every edit of the row with its stage, in order.

    Raises:
        DataError: The edits were made to other texts.
    """
    texts = dict(imported)
    shown = []
    for stage, edit in edits:
        seen = texts[edit.field]
        changes = tuple(_shown(seen, change) for change in edit.changes)
        shown.append(ShownEdit(stage, edit.rule, edit.field, edit.is_made, changes))
        texts = with_edits(texts, (edit,))
    return tuple(shown)


def _shown(text: str, change: Change) -> ShownChange:
    return ShownChange(
        change.start,
        change.end,
        _lead(text, change.start),
        change.before,
        change.after,
        _trail(text, change.end),
        change.rule,
    )


def _lead(text: str, end: int) -> str:
    start = max(0, end - _CONTEXT)
    if start:
        start = text.find(" ", start - 1, end) + 1 or start
    return text[start:end]


def _trail(text: str, start: int) -> str:
    end = start + _CONTEXT
    if end < len(text):
        cut = text.rfind(" ", start, end + 1)
        end = cut if cut > start else end
    return text[start:end]
