"""What a stage that looks at one row alone says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from workbench.curation.wording.text_edits import TextEdit
from workbench.store import Action

MANUAL = "manual"
"""The stage of what people wrote by hand; it goes before every rule."""

Texts = Mapping[str, str]
"""The texts of a row by field: `input`, `output`, and `rejected` where there is one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on one row.

    Attributes:
        rule: Rule within the stage.
        action: `drop`, `edit` or `flag`.
        reason: A sentence without the row's text.
        evidence: Counts and places that prove it; never personal data.
    """

    rule: str
    action: Action
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage made of a row.

    Attributes:
        texts: The row's texts after the stage; the ones it was given if it edited nothing.
        findings: Every rule that had something to say.
        edits: What led from the texts that the stage was given to these, and what it only suggests.
            They are what is remembered: made again, they have to give these texts.
        words: For a `CorpusStage`, the words of the row that it looked up.
    """

    texts: Texts
    findings: tuple[Finding, ...] = ()
    edits: tuple[TextEdit, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_dropped(self) -> bool:
        """Tell whether a rule left the row out."""
        return any(finding.action == "drop" for finding in self.findings)


class RowStage(Protocol):
    """A stage whose word on a row depends on nothing but the row's texts and its own settings.

    So its outcome can be kept and found again (`judging.cache`), and rows can be judged anywhere.
    """

    @property
    def name(self) -> str:
        """Name of the stage in decisions and in the recipe."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Everything that decides its outcomes, JSON-ready."""

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows.

        Args:
            rows: Texts of each row.
            muted: For each row the rules of this stage that were undone for it.

        Returns: One outcome a row, in the same order.
        """


@runtime_checkable
class NamesStage(Protocol):
    """A row stage whose word depends also on the names that columns of the file give."""

    def judge_named(
        self,
        rows: Sequence[Texts],
        muted: Sequence[frozenset[str]],
        names: Sequence[tuple[str, ...]],
    ) -> list[Outcome]:
        """Judge rows as `RowStage.judge` does; `names` are what those columns hold, row by row."""


@runtime_checkable
class CorpusStage(Protocol):
    """A row stage whose word depends also on the standing of some of the row's words in the corpus.

    New rows change the corpus but the standing of few words. So an outcome holds as long as the
    words that the stage looked up for it stand as they did.
    """

    def standing(self, words: Sequence[str]) -> bytes:
        """Return a digest of all that the corpus says of some words, as far as it matters."""
