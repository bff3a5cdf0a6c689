"""Calibration as lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cli.options import table

if TYPE_CHECKING:
    from annotation.calibration import AnnotatorCalibration
    from workbench.evaluation.closeness import Closeness
    from workbench.workflows.annotate_calibrate import CalibrationResult
    from workbench.workflows.calibration_standing import CalibrationStanding

_NOT_MEASURED = "not measured"


def calibrated_lines(result: CalibrationResult) -> list[str]:
    """Return what came of pushing a calibration set."""
    pushed = result.pushed
    lines = [
        f"Pushed {pushed.n_pushed} records to {pushed.dataset}"
        f" ({pushed.n_existing} were there already, {pushed.n_records} in all)",
        f"Everybody answers all of them at {pushed.url}: {', '.join(result.people)}",
    ]
    if result.reference_url:
        lines.append(f"{result.reference} gives the reference answers at {result.reference_url}")
    else:
        lines.append(f"The reference answers are those of {result.reference}, kept in the home.")
    lines.append(f"Next: workbench annotate progress {pushed.kind}")
    return lines


def standing_lines(standing: CalibrationStanding) -> list[str]:
    """Return how people do on a calibration set."""
    said = f"{standing.person} answered" if standing.person else "the reference file answers"
    lines = [
        f"Calibration {standing.dataset}: {said} {standing.n_reference} of {standing.n_items} "
        "records"
    ]
    if standing.reference_url:
        lines.append(f"Reference answers are given at {standing.reference_url}")
    questions = sorted({name for one in standing.annotators for name in one.closeness})
    rows = [_row(one, questions) for one in standing.annotators]
    lines += table(("annotator", "", "done", *questions), rows)
    if standing.unfinished:
        return [*lines, f"Not finished: {', '.join(standing.unfinished)}"]
    return [*lines, "Everybody has finished."]


def _row(one: AnnotatorCalibration, questions: list[str]) -> tuple[object, ...]:
    mark = "SIMULATED" if one.simulated else ""
    found = [_closeness(one.closeness[name]) for name in questions]
    return (one.username, mark, f"{one.n_answered}/{one.n_items}", *found)


def _closeness(found: Closeness) -> str:
    if found.value is None:
        return _NOT_MEASURED
    if found.measure == "equal":
        return f"{found.value:.2f} equal ({found.n_equal}/{found.n})"
    words = {"distance": "off", "similarity": "alike"}[found.measure]
    return f"{found.value:.2f} {words} ({found.n})"
