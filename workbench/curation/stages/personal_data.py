"""Personal data and secrets, replaced in every text of a row, as it will stand in the prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.config import resolved
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.personal_data.frames import Frame, in_templates
from workbench.curation.personal_data.kinds import ModelFinding
from workbench.curation.personal_data.models import Detector, detectors
from workbench.curation.personal_data.replace import (
    ByKind,
    ReplacedRow,
    Replacement,
    Replacer,
    Tags,
    replace_rows,
)
from workbench.curation.personal_data.scan import Scanner
from workbench.curation.personal_data.surrogates import Surrogates
from workbench.curation.personal_data_rules import PersonalDataRules
from workbench.curation.wording.changes import Change
from workbench.curation.wording.text_edits import TextEdit, edits_by_rule
from workbench.task import INPUT_SLOT, Prompt

UNSETTLED = "unsettled"
_KEY_DIGITS = 16


class PersonalDataStage:
    """Replaces a batch at once. No later stage edits texts, so what it leaves is published.

    Args:
        rules: The recipe's.
        key: What surrogates are drawn with: the same person has the same one in every row.
        prompt: What the task file puts around an input.
    """

    name = "personal_data"

    def __init__(self, rules: PersonalDataRules, key: bytes, prompt: Prompt) -> None:
        self._rules = rules
        self._key_digest = hashlib.sha256(key).hexdigest()[:_KEY_DIGITS]
        self._replacer = _replacer(rules, key)
        self._frame = Frame.of_template(prompt.template, INPUT_SLOT)

    @property
    def settings(self) -> Mapping[str, Any]:
        return resolved(self._rules) | {
            "key": self._key_digest,
            "frame": list(self._frame.pieces),
            "models": [model.agent for model in models_of(self._rules)],
        }

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows. See `outcomes.RowStage`."""
        return self.judge_named(rows, muted, [()] * len(rows))

    def judge_named(
        self,
        rows: Sequence[Texts],
        muted: Sequence[frozenset[str]],
        names: Sequence[tuple[str, ...]],
    ) -> list[Outcome]:
        """Judge rows. See `outcomes.NamesStage`."""
        outcomes = [Outcome(texts) for texts in rows]
        for rules in sorted(set(muted), key=sorted):
            places = [place for place, its in enumerate(muted) if its == rules]
            replaced = replace_rows(
                [rows[place] for place in places],
                scanner_of(self._rules, without=rules),
                self._replacer,
                names=[names[place] for place in places],
                frames={"input": self._frame},
            )
            for place, row in zip(places, replaced, strict=True):
                outcomes[place] = self._outcome(row, is_muted=UNSETTLED in rules)
        return outcomes

    def _outcome(self, row: ReplacedRow, *, is_muted: bool) -> Outcome:
        by_kind: dict[str, list[tuple[str, Replacement]]] = {}
        for done in row.passes:
            for field, replacements in done.items():
                for each in replacements:
                    by_kind.setdefault(each.found.kind, []).append((field, each))
        findings = [
            Finding(kind, "edit", self._reason(kind, len(found)), _evidence(found))
            for kind, found in sorted(by_kind.items())
        ]
        if not row.is_settled and not is_muted:
            kinds = sorted({each.found.kind for done in row.passes[-1].values() for each in done})
            reason = "What was put in the place of personal data reads as personal data again."
            findings.append(Finding(UNSETTLED, "drop", reason, {"kinds": kinds}))
        return Outcome(row.texts, tuple(findings), _edits(row))

    def _reason(self, kind: str, count: int) -> str:
        is_tag = kind == "secret" or self._rules.way_of(kind) == "tag"
        how = f"[{kind.upper()}]" if is_tag else "a surrogate"
        return f"{count} of kind {kind.replace('_', ' ')} replaced by {how}."


def models_of(rules: PersonalDataRules) -> tuple[Detector, ...]:
    """Return the models that a recipe asks for. See `models.detectors`."""
    return detectors(rules.model, rules.model_name, rules.model_score)


def scanner_of(rules: PersonalDataRules, *, without: frozenset[str] = frozenset()) -> Scanner:
    """Return the scanner that a recipe asks for, but for some kinds."""
    return Scanner(frozenset(rules.kinds) - without, rules.region, models_of(rules))


def personal_data_in(prompt: Prompt, rules: PersonalDataRules) -> dict[str, dict[str, int]]:
    """Count the personal data that the prompt of a task file holds, which every row repeats.

    Returns: For `prompt.system` and `prompt.template` how many of each kind; {} for none.
    """
    templates = {"prompt.system": prompt.system, "prompt.template": prompt.template}
    return in_templates(templates, scanner_of(rules))


def _replacer(rules: PersonalDataRules, key: bytes) -> Replacer:
    ways: dict[str, Replacer] = {"surrogate": Surrogates(key, rules.region), "tag": Tags()}
    of_kind = {kind: ways[rules.way_of(kind)] for kind in rules.kinds}
    return ByKind(ways[rules.way_of("default")], of_kind)


def _evidence(found: Sequence[tuple[str, Replacement]]) -> dict[str, Any]:
    """Return how many stood in each field, and which of them a model alone found, how surely."""
    counts: dict[str, Any] = {}
    by_model = []
    for field, each in found:
        counts[field] = counts.get(field, 0) + 1
        if isinstance(each.found, ModelFinding):
            by_model.append(each.found)
    if not by_model:
        return counts
    return counts | {
        "by_model": len(by_model),
        "agent": ", ".join(sorted({each.agent for each in by_model})),
        "least_score": round(min(each.score for each in by_model), 3),
    }


def _edits(row: ReplacedRow) -> tuple[TextEdit, ...]:
    return tuple(
        edit
        for done in row.passes
        for field, replacements in done.items()
        for edit in edits_by_rule(field, [_change(each) for each in replacements])
    )


def _change(each: Replacement) -> Change:
    return Change(each.found.start, each.before, each.after, each.found.kind)
