"""Signs that an output teaches the wrong thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.quality.heuristics import STAGE, QualityBatch, judge_quality
from workbench.curation.quality.rules import QualityRules


class QualityStage:
    """Applies `heuristics.judge_quality` to a whole batch, since its words are hashed at once."""

    name = STAGE

    def __init__(self, rules: QualityRules) -> None:
        self._rules = rules

    @property
    def settings(self) -> Mapping[str, Any]:
        return resolved(self._rules)

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows. See `outcomes.RowStage`."""
        batch = QualityBatch(
            [str(place) for place in range(len(rows))],
            [row["input"] for row in rows],
            [row["output"] for row in rows],
        )
        findings: dict[int, list[Finding]] = {}
        for decision in judge_quality(batch, self._rules):
            place = int(decision.row_id)
            if decision.rule not in muted[place]:
                findings.setdefault(place, []).append(
                    Finding(decision.rule, decision.action, decision.reason, decision.evidence)
                )
        return [Outcome(texts, tuple(findings.get(place, ()))) for place, texts in enumerate(rows)]
