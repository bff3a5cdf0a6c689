"""What the stages share: judging rows one by one, and the names of a row's texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from workbench.curation.outcomes import Outcome, Texts


class SingleRowStage(ABC):
    """A stage that gains nothing from seeing many rows at once."""

    @abstractmethod
    def judge_row(self, texts: Texts, muted: frozenset[str]) -> Outcome:
        """Judge one row; rules in `muted` were undone for it."""

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows. See `outcomes.RowStage`."""
        return [self.judge_row(texts, rules) for texts, rules in zip(rows, muted, strict=True)]


def fields_in_words(names: Sequence[str]) -> str:
    """Return `input and the output` for a sentence."""
    return " and the ".join(names)
