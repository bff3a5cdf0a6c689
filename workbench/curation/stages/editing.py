"""A stage of editors that change wording, or only say what they would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.stages.base import fields_in_words
from workbench.curation.wording.changes import Change, Edited, make_changes
from workbench.curation.wording.text_edits import TextEdit

SUGGESTION = "suggestion"


class Editor(Protocol):
    """Changes texts, and says which spans."""

    def apply_all(self, texts: Sequence[str]) -> list[Edited]:
        """Return each text edited, with its changes."""


class TextEditor(Protocol):
    """Changes one text at a time."""

    def apply(self, text: str) -> Edited:
        """Return the edited text with its changes."""


class OneByOne:
    """Makes an `Editor` of one that gains nothing from seeing many texts at once."""

    def __init__(self, editor: TextEditor) -> None:
        self._editor = editor

    def apply_all(self, texts: Sequence[str]) -> list[Edited]:
        """Return each text edited, with its changes."""
        return [self._editor.apply(text) for text in texts]


@dataclass(frozen=True, slots=True)
class Step:
    """One editor of a stage.

    Attributes:
        rule: Its rule, in decisions.
        one: What it looks for, in words, such as `typo`.
        many: The same in the plural.
        done: What becomes of it, such as `corrected`.
        editor: Makes the changes.
    """

    rule: str
    one: str
    many: str
    done: str
    editor: Editor


class EditorStage:
    """Applies editors, one after the other, to some of a row's texts.

    Args:
        name: Name of the stage.
        steps: The editors; what two of them ask for alike is the first one's.
        fields: The texts that they look at.
        action: `fix` makes the changes, `flag` only tells of them.
        settings: Everything else that decides them.
    """

    def __init__(
        self,
        name: str,
        steps: Sequence[Step],
        *,
        fields: Sequence[str],
        action: Literal["fix", "flag"],
        settings: Mapping[str, Any],
    ) -> None:
        self.name = name
        self._steps = tuple(steps)
        self._fields = fields
        self._action = action
        self._settings = settings

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"action": self._action, **self._settings}

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows. See `outcomes.RowStage`."""
        drafts = [_Draft(texts, rules) for texts, rules in zip(rows, muted, strict=True)]
        for step in self._steps:
            for name in self._fields:
                asked = [d for d in drafts if name in d.texts and step.rule not in d.muted]
                edited = step.editor.apply_all([draft.texts[name] for draft in asked])
                for draft, result in zip(asked, edited, strict=True):
                    draft.take(name, step.rule, result, is_made=self._action == "fix")
        return [
            Outcome(draft.texts, tuple(self._findings(draft)), tuple(draft.edits))
            for draft in drafts
        ]

    def _findings(self, draft: _Draft) -> list[Finding]:
        action: Literal["edit", "flag"] = "edit" if self._action == "fix" else "flag"
        findings = []
        for step in self._steps:
            if counts := draft.counts(step.rule):
                findings.append(Finding(step.rule, action, self._told(step, counts), counts))
        if suggested := draft.counts(SUGGESTION):
            step, n_more = self._steps[0], suggested.total()
            what = step.one if n_more == 1 else step.many
            reason = f"{n_more} more {what} might be {step.done}; that is for a person."
            findings.append(Finding(SUGGESTION, "flag", reason, suggested))
        return findings

    def _told(self, step: Step, counts: Counter[str]) -> str:
        what, were = (step.one, "was") if counts.total() == 1 else (step.many, "were")
        if self._action == "flag":
            were = "would be"
        where = fields_in_words(sorted(counts))
        return f"{counts.total()} {what} {were} {step.done} in the {where}."


@dataclass(slots=True)
class _Draft:
    """A row on its way through the editors of a stage."""

    texts: Texts
    muted: frozenset[str]
    edits: list[TextEdit] = field(default_factory=list)

    def take(self, name: str, rule: str, edited: Edited, *, is_made: bool) -> None:
        """Take over what an editor did, but for what another one left for a person to judge."""
        changes = self._free(name, edited.changes)
        if SUGGESTION not in self.muted and (open_ := self._free(name, edited.suggestions)):
            self.edits.append(TextEdit(SUGGESTION, name, open_, is_made=False))
        if changes:
            self.edits.append(TextEdit(rule, name, changes, is_made))
        if changes and is_made:
            self.texts = {**self.texts, name: make_changes(self.texts[name], changes)}

    def counts(self, rule: str) -> Counter[str]:
        """Return how many changes a rule made, or would make, in each text."""
        counts: Counter[str] = Counter()
        for edit in self.edits:
            if edit.rule == rule:
                counts[edit.field] += len(edit.changes)
        return counts

    def _free(self, name: str, changes: Sequence[Change]) -> tuple[Change, ...]:
        taken = [
            change
            for edit in self.edits
            if edit.field == name and not edit.is_made
            for change in edit.changes
        ]
        return tuple(
            change
            for change in changes
            if not any(other.start < change.end and change.start < other.end for other in taken)
        )
