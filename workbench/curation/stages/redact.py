"""Personal data of a fixed form is replaced by its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.recipe import RedactRules
from workbench.curation.redaction import redact
from workbench.curation.stages.base import SingleRowStage


class RedactStage(SingleRowStage):
    """Applies `redaction.redact` to every text."""

    name = "redact"

    def __init__(self, rules: RedactRules) -> None:
        self._rules = rules

    @property
    def settings(self) -> Mapping[str, Any]:
        return resolved(self._rules)

    def judge_row(self, texts: Texts, muted: frozenset[str]) -> Outcome:
        rules = self._rules
        if muted:
            rules = rules.model_copy(update=dict.fromkeys(muted & {"email", "phone", "ssn"}, False))
        redacted, counts = {}, dict[str, dict[str, int]]()
        for name, text in texts.items():
            result = redact(text, rules)
            redacted[name] = result.text
            for label, count in result.counts.items():
                counts.setdefault(label, {})[name] = count
        findings = tuple(
            Finding(
                label.lower(),
                "edit",
                f"{sum(per_field.values())} replaced by [{label}].",
                per_field,
            )
            for label, per_field in counts.items()
        )
        return Outcome(redacted, findings)
