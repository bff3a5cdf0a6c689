"""How labelling goes, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.cli.calibration_lines import standing_lines
from workbench.cli.options import table

if TYPE_CHECKING:
    from annotation.quality import AnnotatorProgress, QuestionAgreement
    from workbench.workflows.annotate_adjudicate import AdjudicationResult
    from workbench.workflows.annotate_people import PeopleResult
    from workbench.workflows.annotate_progress import LabellingProgress

_MARK = "SIMULATED"


def progress_lines(result: LabellingProgress, *, n_disputed: int) -> list[str]:
    """Return the tables of a dataset; at most so many disputed records."""
    by_answers = ", ".join(f"{n} with {answers}" for answers, n in result.n_by_answers.items())
    lines = [
        f"{result.dataset}: {result.n_records} records; by submitted answers: {by_answers}",
        *late_lines(result.kind, result.n_late),
        f"Answer them at {result.url}",
        "",
    ]
    beside = ["", *standing_lines(result.calibration)] if result.calibration else []
    beside += ["", result.calibration_gone] if result.calibration_gone else []
    if not result.annotators:
        return [*lines, "Nobody has answered yet.", *beside]
    return [
        *lines,
        *_annotator_lines(result),
        "",
        *_agreement_lines(result),
        "",
        *_disputed_lines(result, n_disputed),
        *beside,
    ]


def people_lines(result: PeopleResult) -> list[str]:
    """Return what came of a roster."""
    changes = result.changes
    lines = [f"{result.n_people} people in {result.roster}"]
    for what, names in (
        ("made", changes.created),
        ("got another role", changes.changed),
        ("let in", changes.added),
        ("taken out; accounts and answers stay", changes.removed),
    ):
        lines += [f"  {what}: {', '.join(names)}"] if names else []
    if len(lines) == 1:
        lines.append("  Argilla agrees already.")
    if changes.created:
        lines.append(f"Their first passwords are in {result.passwords_file}")
    return lines


def adjudication_lines(result: AdjudicationResult) -> list[str]:
    """Return what went into the second task."""
    return [
        f"{result.n_disputed} records of {result.dataset} have answers that differ so much, "
        f"{result.n_second_reader} need a second reader",
        f"Pushed {result.n_pushed} of them to {result.second} "
        f"({result.n_existing} were there already)",
        f"Answer them at {result.url}",
        f"Who decides is whom annotators.yaml lets into workspace {result.workspace}",
        f"Next: workbench annotate pull {result.kind}",
    ]


def late_lines(kind: str, n_late: int) -> list[str]:
    """Return what becomes of answers that people went on giving in an earlier dataset."""
    if not n_late:
        return []
    return [
        f"  {n_late} answers were given in an earlier version of this dataset and do not count "
        f"here yet: `workbench annotate push {kind}`, as before, brings them"
    ]


def _annotator_lines(result: LabellingProgress) -> list[str]:
    headings = (
        "annotator",
        "",
        "submitted",
        "drafts",
        "discarded",
        "seconds each",
        "timed",
        "untouched",
        "unread",
        "last answer",
    )
    return table(headings, [_annotator_row(person) for person in result.annotators])


def _annotator_row(person: AnnotatorProgress) -> tuple[object, ...]:
    seconds = person.seconds_per_answer
    return (
        person.username,
        _MARK if person.simulated else "",
        person.n_submitted,
        person.n_drafts,
        person.n_discarded,
        "-" if seconds is None else f"{seconds:.0f}",
        person.n_timed,
        person.n_untouched,
        person.n_unread,
        person.last_at[:16].replace("T", " "),
    )


def _agreement_lines(result: LabellingProgress) -> list[str]:
    headings = ("agreement on", "", "scale", "alpha", "95 % interval", "compared", "answers")
    lines = table(headings, [_agreement_row(question) for question in result.agreement])
    lines = lines if result.agreement else ["No answer stands on a scale on which people agree."]
    return [*lines, *_likeness_lines(result)]


def _likeness_lines(result: LabellingProgress) -> list[str]:
    lines = []
    for text in result.likeness:
        mark = f" ({_MARK})" if text.simulated else ""
        found = text.found
        if found.value is None:
            said = "not measured: no record has two texts to compare"
        else:
            said = (
                f"{found.value:.2f} (chrF, 0 to 1), {found.n_equal}/{found.n} pairs of texts equal"
            )
        lines.append(f"likeness of {text.question}{mark}: {said}")
    return lines


def _agreement_row(question: QuestionAgreement) -> tuple[object, ...]:
    found = question.found
    alpha, interval = "-", found.why_not
    if found.alpha is not None:
        alpha, interval = f"{found.alpha:.2f}", f"{found.low:.2f} to {found.high:.2f}"
    mark = _MARK if question.simulated else ""
    return (
        question.question,
        mark,
        question.scale,
        alpha,
        interval,
        f"{found.n_units} {question.unit}{'s' if found.n_units != 1 else ''}",
        found.n_opinions,
    )


def _disputed_lines(result: LabellingProgress, n_shown: int) -> list[str]:
    compared = [f"Not compared: {', '.join(result.not_compared)}"] if result.not_compared else []
    if not result.n_compared:
        return ["No record has two answers that could be compared.", *compared]
    if not result.n_disputed:
        none = f"{result.n_compared} records have answers that could be compared; none differ."
        return [none, *compared]
    rows = [
        (
            item.external_id,
            _MARK if item.simulated else "",
            f"{item.dispute:.2f}",
            "; ".join(f"{question}: {_said(said)}" for question, said in item.said.items()),
        )
        for item in result.disputed[:n_shown]
    ]
    return [
        f"{result.n_disputed} of {result.n_compared} compared records have answers that differ, "
        "the most disputed first",
        *table(("record", "", "dispute", "said"), rows),
        *compared,
        *_decision_lines(result),
    ]


def _decision_lines(result: LabellingProgress) -> list[str]:
    if result.n_decided:
        return [f"{result.n_decided} records are decided by a second task, whose answers count."]
    if result.calibration and result.calibration.dataset == result.dataset:
        return []  # nothing is learned from these answers, so nobody decides
    command = f"workbench annotate adjudicate {result.kind} --dataset {result.dataset}"
    return [f"Let somebody decide: {command}"]


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{value} ×{number}" for value, number in counts.items())
