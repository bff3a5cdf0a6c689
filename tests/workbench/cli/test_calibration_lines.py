from __future__ import annotations

from annotation.calibration import AnnotatorCalibration
from workbench.cli.calibration_lines import calibrated_lines, standing_lines
from workbench.evaluation.closeness import Closeness
from workbench.workflows.annotate_calibrate import CalibrationResult
from workbench.workflows.annotate_push import PushResult
from workbench.workflows.calibration_standing import CalibrationStanding

NOTHING = Closeness("equal", None, 0, 0)
ADA = {
    "answer": Closeness("similarity", 0.914, 1, 3),
    "rate_form": Closeness("distance", 1.25, 1, 4),
    "verdict": Closeness("equal", 0.75, 3, 4),
}
STANDING = CalibrationStanding(
    dataset="instructions-1-calibration",
    person="dora",
    reference_url="http://127.0.0.1:1/dataset/r/annotation-mode",
    n_items=5,
    n_reference=4,
    annotators=(
        AnnotatorCalibration("ada", False, 5, 5, ADA),
        AnnotatorCalibration("ben", False, 0, 5, dict.fromkeys(ADA, NOTHING)),
        AnnotatorCalibration("simulated-x", True, 5, 5, ADA),
    ),
    unfinished=("ben",),
)


def test_each_annotator_stands_beside_the_reference() -> None:
    lines = standing_lines(STANDING)
    assert lines[0].endswith("dora answered 4 of 5 records")
    rows = {line.split()[0]: line for line in lines[2:]}
    measured = "0.91 alike (3)  1.25 off (4)  0.75 equal (3/4)"
    assert rows["ada"].split() == ["ada", "5/5", *measured.split()]
    assert rows["simulated-x"].split()[:3] == ["simulated-x", "SIMULATED", "5/5"]
    assert rows["ben"].split() == ["ben", "0/5", *(["not", "measured"] * 3)]
    assert lines[-1] == "Not finished: ben"


def test_who_answers_where_is_told() -> None:
    pushed = PushResult("preferences", "p-calibration", "http://p", "v1", 3, 2, 5)
    of_person = CalibrationResult(pushed, ("ada", "ben"), "dora", "http://r")
    assert calibrated_lines(of_person) == [
        "Pushed 3 records to p-calibration (2 were there already, 5 in all)",
        "Everybody answers all of them at http://p: ada, ben",
        "dora gives the reference answers at http://r",
        "Next: workbench annotate progress preferences",
    ]
    of_file = calibrated_lines(CalibrationResult(pushed, ("ada",), "right.jsonl"))
    assert of_file[2] == "The reference answers are those of right.jsonl, kept in the home."
