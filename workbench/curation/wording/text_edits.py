"""What each rule changed in the texts of a row, span by span: kept beside its decision.

A row's edits follow one another: each counts in the text that those before it left. So making them
in turn leads from the imported texts to the published ones, and undoing them in turn leads back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.curation.wording.changes import Change, make_changes, replace_spans, revert

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class TextEdit:
    """One rule's changes of one text.

    Attributes:
        rule: Rule within the stage.
        field: `input`, `output` or `rejected`.
        changes: In the order of the text. A change's own rule says which kind it is of, where the
            rule has several.
        is_made: False for a suggestion, which changed nothing.
    """

    rule: str
    field: str
    changes: tuple[Change, ...]
    is_made: bool = True


def edits_by_rule(field: str, changes: Sequence[Change]) -> tuple[TextEdit, ...]:
    """Return the changes of one pass as edits that follow one another, one for each rule.

    Args:
        field: The text that was changed.
        changes: In the order of the text, each with the rule that asked for it.
    """
    edits: list[TextEdit] = []
    earlier: list[Change] = []  # of the rules before, where they stood in the text of the pass
    for rule in sorted({change.rule for change in changes}):
        own = [change for change in changes if change.rule == rule]
        moved = tuple(
            Change(change.start + _grown(earlier, change.start), change.before, change.after)
            for change in own
        )
        edits.append(TextEdit(rule, field, moved))
        earlier += own
    return tuple(edits)


def with_edits(texts: Mapping[str, str], edits: Iterable[TextEdit]) -> dict[str, str]:
    """Return a row's texts after its edits.

    Raises:
        DataError: An edit was made to another text.
    """
    new = dict(texts)
    for edit in edits:
        if edit.is_made:
            new[edit.field] = make_changes(new[edit.field], edit.changes)
    return new


def with_packed_edits(texts: Mapping[str, str], packed: Iterable[Any]) -> dict[str, str]:
    """Return a row's texts after edits that are packed; see `with_edits`.

    Raises:
        DataError: An edit was made to another text.
    """
    new = dict(texts)
    for _rule, field, is_made, changes in packed:
        if is_made:
            new[field] = replace_spans(new[field], (change[:3] for change in changes))
    return new


def without_edits(texts: Mapping[str, str], edits: Sequence[TextEdit]) -> dict[str, str]:
    """Return a row's texts as they were before its edits; the inverse of `with_edits`.

    Raises:
        DataError: The texts are not what the edits left.
    """
    old = dict(texts)
    for edit in reversed(edits):
        if edit.is_made:
            old[edit.field] = revert(old[edit.field], edit.changes)
    return old


def packed_edits(edits: Iterable[TextEdit]) -> list[Any]:
    """Return edits as JSON-ready data."""
    return [
        [edit.rule, edit.field, int(edit.is_made), [_packed_change(each) for each in edit.changes]]
        for edit in edits
    ]


def unpacked_edits(packed: Iterable[Any]) -> tuple[TextEdit, ...]:
    """Return the edits that `packed_edits` was given."""
    return tuple(
        TextEdit(rule, field, tuple(Change(*each) for each in changes), bool(is_made))
        for rule, field, is_made, changes in packed
    )


def encoded_edits(by_stage: Sequence[Any]) -> bytes:
    """Return the edits of a row, packed and each with its stage, as the store seals them."""
    return _encode(by_stage).encode()


def decoded_edits(content: bytes) -> list[tuple[str, TextEdit]]:
    """Return each edit with its stage, in order."""
    return [
        (stage, edit) for stage, packed in json.loads(content) for edit in unpacked_edits(packed)
    ]


def _grown(changes: Iterable[Change], place: int) -> int:
    """Return by how many characters changes move what stands at a place behind them."""
    return sum(len(change.after) - len(change.before) for change in changes if change.start < place)


def _packed_change(change: Change) -> list[Any]:
    packed = [change.start, change.before, change.after]
    return [*packed, change.rule] if change.rule else packed
