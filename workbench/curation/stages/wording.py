"""Editors of wording: chatter is removed, typos are corrected, terms become the glossary's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from workbench.curation.changes import Edited
from workbench.curation.chatter import ChatterRules
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.protected import ProtectedSpans
from workbench.curation.recipe import WordingRules
from workbench.curation.stages.base import SingleRowStage, fields_in_words
from workbench.curation.terminology import Glossary
from workbench.curation.typos import SpellChecker
from workbench.curation.word_counts import WordCounts
from workbench.files import digest_json
from workbench.task import Task

NAMES = ("chatter", "typos", "terminology")
SUGGESTION = "suggestion"
# What is done in which texts: an input is what the model will meet, and nobody corrects that.
_INPUT, _OUTPUTS = ("input",), ("output", "rejected")


class Editor(Protocol):
    """Changes a text, and says which spans."""

    def apply(self, text: str) -> Edited:
        """Return the edited text with its changes."""


@dataclass(frozen=True, slots=True)
class _Words:
    """How a stage tells what it did."""

    rule: str
    done: str


class EditorStage(SingleRowStage):
    """Applies one editor to some of a row's texts.

    Args:
        name: Name of the stage.
        words: Its rule, and what it does in words.
        editor: Makes the changes.
        fields: The texts that it looks at.
        action: `fix` makes the changes, `flag` only counts them.
        settings: Everything else that decides them.
    """

    def __init__(
        self,
        name: str,
        words: _Words,
        editor: Editor,
        *,
        fields: Sequence[str],
        action: Literal["fix", "flag"],
        settings: Mapping[str, Any],
    ) -> None:
        self.name = name
        self._words = words
        self._editor = editor
        self._fields = fields
        self._action = action
        self._settings = settings

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"action": self._action, **self._settings}

    def judge_row(self, texts: Texts, muted: frozenset[str]) -> Outcome:
        if self._words.rule in muted:
            return Outcome(texts)
        new, changed, suggested = dict(texts), Counter[str](), Counter[str]()
        for field in self._fields:
            if field in texts:
                edited = self._editor.apply(texts[field])
                changed[field] += len(edited.changes)
                suggested[field] += len(edited.suggestions)
                new[field] = edited.text
        findings = []
        if changed.total():
            action: Literal["edit", "flag"] = "edit" if self._action == "fix" else "flag"
            findings.append(Finding(self._words.rule, action, self._told(changed), +changed))
        if suggested.total() and SUGGESTION not in muted:
            reason = f"{suggested.total()} more might be {self._words.done}; that is for a person."
            findings.append(Finding(SUGGESTION, "flag", reason, +suggested))
        return Outcome(new if self._action == "fix" else texts, tuple(findings))

    def _told(self, changed: Counter[str]) -> str:
        were = "were" if self._action == "fix" else "would be"
        where = fields_in_words(sorted(+changed))
        return f"{changed.total()} {were} {self._words.done} in the {where}."


def editor_stages(rules: WordingRules, task: Task, counts: WordCounts) -> list[EditorStage]:
    """Return the stages that a recipe asks for, without those that are off.

    Args:
        rules: The recipe's.
        task: Its glossary and protected spans.
        counts: Words of the project's texts; a frequent one is no typo.
    """
    phrases, patterns = task.protected.phrases, task.protected.patterns
    glossary = {term.term: term.variants for term in task.glossary}
    wordings = [wording for term, variants in glossary.items() for wording in (term, *variants)]
    shared = {"glossary": glossary, "protected": [list(phrases), list(patterns)]}
    stages = []
    if rules.chatter != "off":
        words = _Words("removed", "passages of chatter removed")
        stages.append(
            EditorStage("chatter", words, ChatterRules(), fields=_INPUT, action=rules.chatter,
                        settings={})
        )  # fmt: skip
    if rules.typos != "off":
        checker = SpellChecker(
            counts,
            wordings,
            ProtectedSpans(phrases, patterns, quotes=True),
            confidence=rules.confidence,
            known_rows=rules.known_rows,
        )
        own = {"confidence": rules.confidence, "words": _digest(counts, rules.known_rows)}
        stages.append(
            EditorStage("typos", _Words("corrected", "typos corrected"), checker, fields=_OUTPUTS,
                        action=rules.typos, settings=shared | own)
        )  # fmt: skip
    if rules.terminology != "off" and glossary:
        editor = Glossary(glossary, ProtectedSpans(phrases, patterns))
        words = _Words("term", "wordings brought to the glossary's")
        stages.append(
            EditorStage("terminology", words, editor, fields=_OUTPUTS, action=rules.terminology,
                        settings=shared)
        )  # fmt: skip
    return stages


def _digest(counts: WordCounts, known_rows: int) -> str:
    return digest_json([known_rows, sorted(counts.names), sorted(counts.rows.items())])
