from __future__ import annotations

from dataclasses import replace

from annotation.disputes import Disputed, TextLikeness
from annotation.quality import AnnotatorProgress, QuestionAgreement
from annotation.roster import RosterChanges
from workbench.cli.label_lines import people_lines, progress_lines
from workbench.evaluation.agreement import Agreement
from workbench.evaluation.closeness import Closeness
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
        QuestionAgreement("ranking", "ordinal", False, Agreement(1.0, 1.0, 1.0, 6, 12), "order"),
    ),
    likeness=(
        TextLikeness("answer", False, Closeness("similarity", 0.8125, 1, 3)),
        TextLikeness("correction", True, Closeness("similarity", None, 0, 0)),
    ),
    not_compared=("marks_draft", "problems"),
    n_compared=3,
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
    assert rows["rate_form"] == [
        "rate_form",
        "ordinal",
        "0.71",
        "0.50",
        "to",
        "0.90",
        "3",
        "records",
        "6",
    ]
    assert rows["ranking"][2:] == ["1.00", "1.00", "to", "1.00", "6", "orders", "12"]
    assert rows["verdict"] == [
        "verdict",
        "SIMULATED",
        "nominal",
        "-",
        "too",
        "few",
        "1",
        "record",
        "2",
    ]
    assert rows["ab12"] == ["ab12", "0.75", "verdict:", "drop", "×1,", "keep", "×2"]
    assert rows["cd34"][1:3] == ["SIMULATED", "0.25"]
    assert lines[0].endswith("20 records; by submitted answers: 8 with 0, 9 with 1, 3 with 2")


def test_fewer_disputes_are_shown_on_demand_and_their_number_stays() -> None:
    lines = progress_lines(PROGRESS, n_disputed=1)
    assert any(
        line.startswith("2 of 3 compared records have answers that differ") for line in lines
    )
    assert not any("cd34" in line for line in lines)


def test_nothing_to_tell_is_said() -> None:
    empty = replace(PROGRESS, annotators=(), agreement=(), disputed=(), n_disputed=0)
    assert progress_lines(empty, n_disputed=5)[-1] == "Nobody has answered yet."
    same = replace(PROGRESS, disputed=(), n_disputed=0)
    assert progress_lines(same, n_disputed=5)[-2:] == [
        "3 records have answers that could be compared; none differ.",
        "Not compared: marks_draft, problems",
    ]
    single = replace(same, n_compared=0, not_compared=())
    assert progress_lines(single, n_disputed=5)[-1] == (
        "No record has two answers that could be compared."
    )


def test_texts_are_compared_or_said_not_to_be_measured() -> None:
    lines = progress_lines(PROGRESS, n_disputed=5)
    assert "likeness of answer: 0.81 (chrF, 0 to 1), 1/3 pairs of texts equal" in lines
    assert (
        "likeness of correction (SIMULATED): not measured: no record has two texts to compare"
        in lines
    )


def test_who_decides_is_called_for_until_a_second_task_did() -> None:
    lines = progress_lines(PROGRESS, n_disputed=5)
    assert lines[-2:] == [
        "Not compared: marks_draft, problems",
        "Let somebody decide: workbench annotate adjudicate instructions --dataset instructions-1",
    ]
    decided = progress_lines(replace(PROGRESS, n_decided=2), n_disputed=5)
    assert decided[-1] == "2 records are decided by a second task, whose answers count."


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
