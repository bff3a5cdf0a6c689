"""What stays in memory of a row that passed the row stages, for the stages that compare rows."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.curation.duplicates.exact import Likeness, likeness
from workbench.curation.judging.row_pass import JudgedRow
from workbench.curation.quality.shape import ends_open


@dataclass(frozen=True, slots=True)
class Survivor:
    """One row.

    Attributes:
        likeness: What it is compared by.
        groups: The user's group keys.
        is_preference: Whether it holds a rejected output.
        open_ends: Whether input and output end in mid-sentence; None if too short to tell.
    """

    likeness: Likeness
    groups: tuple[str, ...]
    is_preference: bool
    open_ends: tuple[bool | None, bool | None]

    @property
    def row_id(self) -> str:
        return self.likeness.example_id


def survivor_of(judged: JudgedRow) -> Survivor:
    """Return what the set stages need of a row."""
    texts = judged.texts
    rejected = texts.get("rejected")
    return Survivor(
        likeness(judged.row.example_id, texts["input"], texts["output"], rejected),
        judged.row.groups,
        rejected is not None,
        (ends_open(texts["input"]), ends_open(texts["output"])),
    )
