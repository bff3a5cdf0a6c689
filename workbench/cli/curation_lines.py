"""What a curation did, or would do, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.cli.options import table

if TYPE_CHECKING:
    from workbench.workflows.curate import CurateResult, RuleCount
    from workbench.workflows.preview_curation import CurationPreview

_LEAKAGE = {
    "clean": "Leakage: clean.",
    "suspect": "Leakage: suspect: training rows hold text of other splits. "
    "Look at it: `workbench data leakage`",
    "leaking": "Leakage: leaking: training refuses this version. "
    "Look at it: `workbench data leakage`",
}


def rule_lines(rules: Sequence[RuleCount]) -> list[str]:
    """Return what each rule did as a table."""
    rows = [
        (rule.stage, rule.rule, rule.action, rule.n_examples, rule.for_example) for rule in rules
    ]
    headings = ("stage", "rule", "action", "examples", "one of them")
    return table(headings, rows) if rows else ["No rule had anything to say."]


def leakage_lines(leakage: Mapping[str, Any]) -> list[str]:
    """Return the verdict, and what each file outside shares."""
    files = [file["file"] for file in leakage.get("against", ())]
    leaking = {each["evaluation_set"]: each["n_leaking"] for each in leakage["tiers"]["sets"]}
    return [
        _LEAKAGE[leakage["verdict"]],
        *(f"{file}: {leaking[file]} of its rows share text with training rows." for file in files),
    ]


def prompt_lines(result: CurateResult | CurationPreview) -> list[str]:
    """Say once what the task file puts into every row; it may be meant to."""
    return [
        f"Every row holds personal data of task.yaml, {place}: "
        + ", ".join(f"{count} of kind {kind.replace('_', ' ')}" for kind, count in kinds.items())
        + ". Take it out unless the model is to know it."
        for place, kinds in result.prompt_personal_data.items()
    ]
