"""Edits of wording as a person reviews them, and the texts that the person's word leaves.

Every place is given in the *worded* texts: those that the stages before personal data left. They
are what a correction of the row is written from, and nothing in them is a surrogate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.wording.changes import Change, make_changes
from workbench.curation.wording.text_edits import TextEdit, with_edits

CHATTER = "chatter"
_LAST_STAGE = "personal_data"  # no stage behind it edits texts
_SUGGESTING = ("typos", "terminology")


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A span that a rule changed or would change, for a person to judge.

    Attributes:
        stage: Stage of curation.
        rule: Rule within the stage.
        field: `input`, `output` or `rejected`.
        start: Where it stands in the worded text, in characters.
        before: What stood there before the rule; empty for an insertion.
        after: What the rule put or would put there; empty for a removal.
        is_made: False for what the rule only suggests.
    """

    stage: str
    rule: str
    field: str
    start: int
    before: str
    after: str
    is_made: bool

    @property
    def now(self) -> str:
        """What stands there in the worded text."""
        return self.after if self.is_made else self.before


def worded_texts(
    imported: Mapping[str, str], edits: Iterable[tuple[str, TextEdit]]
) -> dict[str, str]:
    """Return a row's texts as the stages before personal data left them.

    Raises:
        DataError: The edits were made to other texts.
    """
    return with_edits(imported, [edit for stage, edit in edits if stage != _LAST_STAGE])


def open_changes(edits: Sequence[tuple[str, TextEdit]]) -> tuple[OpenChange, ...]:
    """Return what a person should judge of a row's edits, in their order.

    That is all chatter, and the typos and terms that were only suggested. A span in which a later
    edit changed something is not among them: it stands no more as the rule saw it.
    """
    worded = [(stage, edit) for stage, edit in edits if stage != _LAST_STAGE]
    found = []
    for number, (stage, edit) in enumerate(worded):
        if stage != CHATTER and (stage not in _SUGGESTING or edit.is_made):
            continue
        later = [each for _, each in worded[number + 1 :] if each.field == edit.field]
        for change in edit.changes:
            start = _own_place(edit, change)
            length = len(change.after if edit.is_made else change.before)
            placed = _moved(start, length, later)
            if placed is not None:
                found.append(
                    OpenChange(
                        stage,
                        edit.rule,
                        edit.field,
                        placed,
                        change.before,
                        change.after,
                        edit.is_made,
                    )
                )
    return tuple(found)


def decided_texts(
    worded: Mapping[str, str], decided: Sequence[tuple[OpenChange, str]]
) -> dict[str, str]:
    """Return the worded texts with what a person wants in the place of changes.

    Args:
        worded: See `worded_texts`.
        decided: Changes, none overlapping another, each with what should stand there.
    """
    texts = dict(worded)
    for field in {change.field for change, _ in decided}:
        wanted = [
            Change(change.start, change.now, text)
            for change, text in decided
            if change.field == field and text != change.now
        ]
        texts[field] = make_changes(texts[field], sorted(wanted, key=lambda each: each.start))
    return texts


def _own_place(edit: TextEdit, change: Change) -> int:
    """Return where a change begins in the text that its own edit left."""
    if not edit.is_made:
        return change.start
    earlier = (each for each in edit.changes if each.start < change.start)
    return change.start + sum(len(each.after) - len(each.before) for each in earlier)


def _moved(start: int, length: int, later: Iterable[TextEdit]) -> int | None:
    """Return where a span stands after later edits; None if one of them changed it."""
    for edit in later:
        if not edit.is_made:
            continue
        grown = 0
        for change in edit.changes:
            if change.end <= start:
                grown += len(change.after) - len(change.before)
            elif change.start < start + length or change.start < start:
                return None
        start += grown
    return start
