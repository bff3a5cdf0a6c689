"""Outputs that lack a field which the task file asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.quality.shape import missing_fields
from workbench.curation.recipe import CompletenessRules
from workbench.curation.stages.base import SingleRowStage
from workbench.task import Output

OUTPUT_SHAPE = "output_shape"


class CompleteStage(SingleRowStage):
    """Judges the output against the task's shape."""

    name = "complete"

    def __init__(self, rules: CompletenessRules, shape: Output) -> None:
        self._action = rules.output_shape
        self._shape = shape

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"action": self._action, "shape": resolved(self._shape)}

    def judge_row(self, texts: Texts, muted: frozenset[str]) -> Outcome:
        if self._action == "off" or OUTPUT_SHAPE in muted:
            return Outcome(texts)
        missing = missing_fields(texts["output"], self._shape)
        if not missing:
            return Outcome(texts)
        reason = f"The output lacks {', '.join(missing)}."
        finding = Finding(OUTPUT_SHAPE, self._action, reason, {"missing": list(missing)})
        return Outcome(texts, (finding,))
