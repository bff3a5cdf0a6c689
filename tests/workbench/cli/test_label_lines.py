from __future__ import annotations

from dataclasses import replace

from annotation.quality import AnnotatorProgress, Disputed, QuestionAgreement
from annotation.roster import RosterChanges
from workbench.cli.label_lines import people_lines, progress_lines
from workbench.evaluation.agreement import Agreement
from workbench.workflows.annotate_people import PeopleResult
from workbench.workflows.annotate_progress import LabellingProgress

ADA = AnnotatorProgress("ada", False, 12, 1, 2, 31.6, 9, 5, 1, "2026-11-25T10:01:59.5")
SCRIPT = AnnotatorProgress("simulated-x", True, 3, 0, 0, None, 0, 3, 0, "2026-11-25T09:00:00")
PROGRESS = LabellingProgress(
    kind="instructions",
    dataset="instructions-1",
    url="http://127.0.0.1:1/dataset/d/annotation-mode",
    read_at="2026-11-25T10:02:00+00:00",
    n_records=20,
    n_by_answers={0: 8, 1: 9, 2: 3},
    annotators=(ADA, SCRIPT),
    agreement=(
        QuestionAgreement("rate_form", "ordinal", False, Agreement(0.714, 0.5, 0.9, 3, 6)),
        QuestionAgreement("verdict", "nominal", True, Agreement(None, None, None, 1, 2, "too few")),
    ),
    n_disputed=2,
    disputed=(
        Disputed("ab12", 0.75, {"verdict": {"drop": 1, "keep": 2}}, False),
        Disputed("cd34", 0.25, {"rate_form": {"3": 1, "9": 1}}, True),
    ),
)


def test_every_table_says_what_is_simulated_and_what_was_not_measured() -> None:
    lines = progress_lines(PROGRESS, n_disputed=5)
    rows = {line.split()[0]: line.split() for line in lines if line}
    assert rows["ada"] == ["ada", "12", "1", "2", "32", "9", "5", "1", "2026-11-25", "10:01"]
    assert rows["simulated-x"][1:7] == ["SIMULATED", "3", "0", "0", "-", "0"]
    assert rows["rate_form"] == ["rate_form", "ordinal", "0.71", "0.50", "to", "0.90", "3", "6"]
    assert rows["verdict"] == ["verdict", "SIMULATED", "nominal", "-", "too", "few", "1", "2"]
    assert rows["ab12"] == ["ab12", "0.75", "verdict:", "drop", "×1,", "keep", "×2"]
    assert rows["cd34"][1:3] == ["SIMULATED", "0.25"]
    assert lines[0].endswith("20 records; by submitted answers: 8 with 0, 9 with 1, 3 with 2")


def test_fewer_disputes_are_shown_on_demand_and_their_number_stays() -> None:
    lines = progress_lines(PROGRESS, n_disputed=1)
    assert any(line.startswith("2 records have answers that differ") for line in lines)
    assert not any("cd34" in line for line in lines)


def test_nothing_to_tell_is_said() -> None:
    empty = replace(PROGRESS, annotators=(), agreement=(), disputed=(), n_disputed=0)
    assert progress_lines(empty, n_disputed=5)[-1] == "Nobody has answered yet."
    same = replace(PROGRESS, disputed=(), n_disputed=0)
    assert progress_lines(same, n_disputed=5)[-1] == "No record has answers that differ."


def test_changes_of_a_roster_are_named() -> None:
    changes = RosterChanges(created=["dora"], added=["ours: dora"], removed=["ours: ben"])
    lines = people_lines(PeopleResult("annotators.yaml", 2, changes, "secrets/first.json"))
    assert lines == [
        "2 people in annotators.yaml",
        "  made: dora",
        "  let in: ours: dora",
        "  taken out; accounts and answers stay: ours: ben",
        "Their first passwords are in secrets/first.json",
    ]
    none = people_lines(PeopleResult("task.yaml", 2, RosterChanges(), ""))
    assert none[-1] == "  Argilla agrees already."
