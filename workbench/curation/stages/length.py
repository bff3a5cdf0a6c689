"""Texts that are shorter or longer than the recipe allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.recipe import LengthRules
from workbench.curation.stages.base import SingleRowStage


class LengthStage(SingleRowStage):
    """Drops a row for the first of its texts that is out of bounds."""

    name = "length"

    def __init__(self, rules: LengthRules) -> None:
        self._rules = rules

    @property
    def settings(self) -> Mapping[str, Any]:
        return resolved(self._rules)

    def judge_row(self, texts: Texts, muted: frozenset[str]) -> Outcome:
        for name, text in texts.items():
            for rule, bound, is_outside in self._bounds(name, len(text)):
                if is_outside and rule not in muted:
                    reason = f"The {name} has {len(text)} characters; {rule} is {bound}."
                    evidence = {"characters": len(text), "bound": bound}
                    return Outcome(texts, (Finding(rule, "drop", reason, evidence),))
        return Outcome(texts)

    def _bounds(self, name: str, length: int) -> tuple[tuple[str, int, bool], ...]:
        rules = self._rules
        least, most = (
            (rules.min_input, rules.max_input)
            if name == "input"
            else (rules.min_output, rules.max_output)
        )
        side = "input" if name == "input" else "output"
        return (
            (f"min_{side}", least, length < least),
            (f"max_{side}", most, length > most),
        )
