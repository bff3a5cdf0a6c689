"""What people wrote by hand in the place of a row's texts, as a history without the texts."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.curation.hand_fixes import FIXED
from workbench.store import Store, rulings_in_force


@dataclass(frozen=True, slots=True)
class RowFix:
    """One fix of a row, for its history.

    Attributes:
        author: Who wrote it.
        reason: Why; may be empty.
        fixed_at: UTC, ISO 8601.
        written: Digest of the texts.
        state: `in force`, `replaced` by a later one, `undone`, or `erased` with its source.
    """

    author: str
    reason: str
    fixed_at: str
    written: str
    state: str


def fixes_of(store: Store, row_id: str) -> tuple[RowFix, ...]:
    """Return what people wrote in the place of a row's texts, the last first."""
    written = store.corrections(row_id)
    undone = rulings_in_force(store.rulings()).are_undone(row_id, FIXED)
    fixes = []
    for correction in reversed(written):
        if correction.source_id not in store.ciphers:
            state = "erased"
        elif correction is not written[-1]:
            state = "replaced"
        else:
            state = "undone" if undone else "in force"
        fixes.append(
            RowFix(
                correction.author,
                correction.reason,
                correction.corrected_at,
                correction.written,
                state,
            )
        )
    return tuple(fixes)
