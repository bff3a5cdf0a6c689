"""Repair of characters and whitespace in every text of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.recipe import CleanRules
from workbench.curation.stages.base import SingleRowStage, fields_in_words
from workbench.curation.text import clean_text
from workbench.curation.wording.text_edits import TextEdit

_REPAIRED = {
    "mojibake": "Wrongly decoded characters were repaired",
    "unicode": "Characters were brought to form NFC",
    "invisible": "Invisible characters were removed",
    "whitespace": "Whitespace was tidied",
}


class CleanStage(SingleRowStage):
    """Applies `text.clean_text`."""

    name = "clean"

    def __init__(self, rules: CleanRules) -> None:
        self._rules = rules

    @property
    def settings(self) -> Mapping[str, Any]:
        return resolved(self._rules)

    def judge_row(self, texts: Texts, muted: frozenset[str]) -> Outcome:
        rules = self._rules
        if muted:
            rules = rules.model_copy(update=dict.fromkeys(muted & _REPAIRED.keys(), False))
        cleaned, changed, edits = {}, dict[str, list[str]](), list[TextEdit]()
        for name, text in texts.items():
            repaired = clean_text(text, rules)
            cleaned[name] = repaired.text
            for rule, changes in repaired.changes.items():
                changed.setdefault(rule, []).append(name)
                edits.append(TextEdit(rule, name, changes))
        findings = tuple(
            Finding(
                rule,
                "edit",
                f"{_REPAIRED[rule]} in the {fields_in_words(fields)}.",
                {"fields": fields},
            )
            for rule, fields in changed.items()
        )
        return Outcome(cleaned, findings, tuple(edits))
