"""What the rules changed in rows on the way to a version, opened with the keys of their sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workbench.curation.wording.shown_edits import ShownEdit, shown_edits
from workbench.curation.wording.text_edits import decoded_edits
from workbench.store import SealedEdits, Store


@dataclass(frozen=True, slots=True)
class RowEdits:
    """The edits of one row, in order; `is_erased` if they went with the row's source."""

    edits: tuple[ShownEdit, ...] = ()
    is_erased: bool = False

    def of_rule(self, stage: str, rule: str) -> tuple[ShownEdit, ...]:
        """Return those of one rule."""
        return tuple(edit for edit in self.edits if (edit.stage, edit.rule) == (stage, rule))


NO_EDITS = RowEdits()


def edits_of_rows(store: Store, version: str, row_ids: Collection[str]) -> dict[str, RowEdits]:
    """Return what a version changed in rows, by row; a row without any is not there.

    A version of a release that did not keep them has none.
    """
    return opened_edits(store, store.edits(version, row_ids).values())


def edits_of_row(store: Store, version: str, row_id: str) -> RowEdits:
    """Return what a version changed in one row."""
    return edits_of_rows(store, version, [row_id]).get(row_id, NO_EDITS)


def opened_edits(store: Store, sealed: Iterable[SealedEdits]) -> dict[str, RowEdits]:
    """Return sealed edits as people read them, by row."""
    return {each.row_id: _opened(store, each) for each in sealed}


def _opened(store: Store, sealed: SealedEdits) -> RowEdits:
    content = sealed.open(store.ciphers)
    if content is None:
        return RowEdits(is_erased=True)
    imported = next(
        seen.original
        for seen in store.sightings(sealed.row_id)
        if seen.original and seen.source_id == sealed.source_id
    )
    return RowEdits(shown_edits(imported.texts(), decoded_edits(content)))
