"""The rules that look at one row alone: repair, redaction, lengths and shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbench.curation.recipe import LengthRules, Recipe
from workbench.curation.redaction import redact
from workbench.curation.shape import missing_fields
from workbench.curation.text import clean_text
from workbench.store import Action, Decision
from workbench.task import Output

FieldName = Literal["input", "output"]
FIELDS: tuple[FieldName, FieldName] = ("input", "output")
_REPAIRED = {
    "mojibake": "Wrongly decoded characters were repaired",
    "unicode": "Characters were brought to form NFC",
    "invisible": "Invisible characters were removed",
    "whitespace": "Whitespace was tidied",
}


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One example as it was imported.

    Attributes:
        example_id: Content-addressed id.
        source: File name.
        locator: Place in the file.
        groups: The user's group keys; none if the row is a group of its own.
        input: Original input.
        output: Original output.
    """

    example_id: str
    source: str
    locator: str
    groups: tuple[str, ...]
    input: str
    output: str


@dataclass(slots=True)
class RowJudge:
    """Applies the single-row rules and collects their decisions."""

    recipe: Recipe
    shape: Output
    decisions: list[Decision] = field(default_factory=list)

    def judge(self, row: ImportedRow) -> tuple[str, str] | None:
        """Return the cleaned input and output, or None if the row is dropped."""
        texts = self._repair(row.example_id, row.input, row.output)
        if self._wrong_length(row.example_id, texts):
            return None
        if self._wrong_shape(row.example_id, texts[1]):
            return None
        return texts

    def _repair(self, row_id: str, *texts: str) -> tuple[str, str]:
        changed: dict[str, list[str]] = {}
        counts: dict[str, dict[str, int]] = {}
        repaired = []
        for name, text in zip(FIELDS, texts, strict=True):
            cleaned, applied = clean_text(text, self.recipe.clean)
            for rule in applied:
                changed.setdefault(rule, []).append(name)
            redacted = redact(cleaned, self.recipe.redact)
            for label, count in redacted.counts.items():
                counts.setdefault(label, {})[name] = count
            repaired.append(redacted.text)
        for rule, fields in changed.items():
            reason = f"{_REPAIRED[rule]} in the {' and the '.join(fields)}."
            self._decide(row_id, "clean", rule, "edit", reason, {"fields": fields})
        for label, per_field in counts.items():
            reason = f"{sum(per_field.values())} replaced by [{label}]."
            self._decide(row_id, "redact", label.lower(), "edit", reason, per_field)
        return repaired[0], repaired[1]

    def _wrong_length(self, row_id: str, texts: Sequence[str]) -> bool:
        for name, text in zip(FIELDS, texts, strict=True):
            if problem := _length_problem(name, len(text), self.recipe.length):
                rule, bound = problem
                reason = f"The {name} has {len(text)} characters; {rule} is {bound}."
                evidence = {"characters": len(text), "bound": bound}
                self._decide(row_id, "length", rule, "drop", reason, evidence)
                return True
        return False

    def _wrong_shape(self, row_id: str, output: str) -> bool:
        action = self.recipe.complete.output_shape
        missing = missing_fields(output, self.shape) if action != "off" else ()
        if missing and action != "off":
            reason = f"The output lacks {', '.join(missing)}."
            self._decide(
                row_id, "complete", "output_shape", action, reason, {"missing": list(missing)}
            )
        return bool(missing) and action == "drop"

    def _decide(
        self,
        row_id: str,
        stage: str,
        rule: str,
        action: Action,
        reason: str,
        evidence: Mapping[str, object],
    ) -> None:
        self.decisions.append(Decision(row_id, stage, rule, action, reason, evidence))


def _length_problem(name: FieldName, length: int, rules: LengthRules) -> tuple[str, int] | None:
    bounds = (
        (rules.min_input, rules.max_input)
        if name == "input"
        else (rules.min_output, rules.max_output)
    )
    if length < bounds[0]:
        return f"min_{name}", bounds[0]
    if length > bounds[1]:
        return f"max_{name}", bounds[1]
    return None
