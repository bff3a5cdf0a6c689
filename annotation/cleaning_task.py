"""Cleaning review: people accept, reject or correct what curation found and cannot settle alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotation.aggregate import Mark, is_simulated, marks_of, rater_name
from annotation.instruction_task import FoundMark, kind_labels, suggested_marks
from annotation.label_folder import Revision
from annotation.questions import label_question, marks_question, text_field, text_question
from annotation.record_properties import CLEANING_PROPERTIES, RULE, declared
from annotation.tasks import (
    ACCEPT,
    CORRECT,
    CORRECTION,
    MARKS_PREFIX,
    REJECT,
    RULING,
    Definition,
    LabelItem,
    Suggestion,
    define,
)
from workbench.majority import deciding, majority
from workbench.task import Task

Verdict = Literal["accept", "reject", "correct"]
FINDING, TEXT, PROPOSAL = "finding", "text", "proposal"
_VERDICTS: Mapping[str, str] = {
    ACCEPT: "Accept: it is right",
    REJECT: "Reject: it is wrong",
    CORRECT: "Correct: as I write below",
}
_GUIDELINES = """## Is the finding right?

Each record shows one finding of curation. *Text* holds the place between ⟦ and ⟧; names and numbers
of people are replaced. *Proposal* is what would stand there instead, or the row that this one is
held against.

- **Accept** what is right, **reject** what is wrong.
- **Correct** what is half right: write what should stand between ⟦ and ⟧.
- Where personal data is reviewed, what was found is marked, and what you see in its place is
  invented. Mark what was missed.
"""


@dataclass(frozen=True, slots=True)
class CleaningFinding:
    """One finding as it is shown.

    Attributes:
        external_id: Our id of it.
        rule: As `stage.rule`; it stands as the agent of suggestions.
        title: What was found, in words.
        text: The place, with what stands around it.
        proposal: What would stand there, or the other row; empty for personal data.
        replacement: What would stand between the marks of the place; empty for a removal.
        marks: Personal data that was found in `text`.
    """

    external_id: str
    rule: str
    title: str
    text: str
    proposal: str = ""
    replacement: str = ""
    marks: tuple[FoundMark, ...] = ()


@dataclass(frozen=True, slots=True)
class CleaningOutcome:
    """What people said of one finding.

    Attributes:
        verdict: What more than half of them said; None where no verdict has that many.
        correction: What should stand there, if the verdict is `correct`.
        marks: What anybody marked as personal data.
        raters: Opaque names of those who answered.
        simulated: Whether scripts answered; they do only where no person did.
    """

    verdict: Verdict | None
    correction: str
    marks: tuple[Mark, ...]
    raters: tuple[str, ...]
    simulated: bool


def cleaning_task(task: Task, *, source: str, kinds: Sequence[str]) -> Definition:
    """Return the dataset in which people judge findings.

    Args:
        task: The task file.
        source: The version whose findings they are; part of the dataset's name.
        kinds: Kinds of personal data that can be marked, beside those of the task file.
    """
    fields = [
        text_field(FINDING, "Finding"),
        text_field(TEXT, "Text"),
        text_field(PROPOSAL, "Proposal", required=False),
    ]
    questions = [
        label_question(RULING, "Is the finding right?", _VERDICTS),
        text_question(CORRECTION, "What should stand between ⟦ and ⟧?", required=False),
        marks_question(TEXT, "Personal data in the text", kind_labels(kinds, task)),
    ]
    guidelines = f"{_GUIDELINES}\n{task.labelling.guidelines}"
    return define(
        "cleaning",
        task,
        source,
        guidelines=guidelines,
        fields=fields,
        questions=questions,
        properties=declared(CLEANING_PROPERTIES),
    )


def cleaning_item(finding: CleaningFinding) -> LabelItem:
    """Return the record of a finding."""
    fields = {FINDING: finding.title, TEXT: finding.text}
    if finding.proposal:
        fields[PROPOSAL] = finding.proposal
    suggestions = {}
    if finding.replacement:
        suggestions[CORRECTION] = Suggestion(finding.replacement, finding.rule)
    if finding.marks:
        suggestions[f"{MARKS_PREFIX}{TEXT}"] = suggested_marks(finding.marks, finding.rule)
    return LabelItem(finding.external_id, fields, suggestions, {RULE: finding.rule})


def judge_cleaning(
    submitted: Sequence[Revision], overruled: Sequence[Revision] = ()
) -> CleaningOutcome:
    """Return the outcome of a finding with at least one submitted answer.

    Of several corrections the most frequent counts, of equally frequent ones the latest. People's
    answers set aside those of scripts.

    Args:
        submitted: The answers that count.
        overruled: Those in whose place a second task decided; only their marks count.
    """
    answers = deciding(submitted, is_simulated)
    verdict = majority(item.values[RULING] for item in answers)
    written = [
        str(item.values.get(CORRECTION) or "") for item in answers if item.values[RULING] == CORRECT
    ]
    counts = Counter(written)
    latest = max(range(len(written)), key=lambda n: (counts[written[n]], n), default=None)
    return CleaningOutcome(
        verdict=verdict,
        correction=written[latest] if verdict == CORRECT and latest is not None else "",
        marks=marks_of(deciding([*overruled, *submitted], is_simulated)).get(TEXT, ()),
        raters=tuple(sorted(rater_name(item.username) for item in answers)),
        simulated=any(map(is_simulated, answers)),
    )
