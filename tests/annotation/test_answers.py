"""What becomes of people's answers: outcomes, and the folder that keeps every revision."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotation.aggregate import Mark, judge_instruction, judge_preference, submitted_by_record
from annotation.label_folder import (
    Assignment,
    LabelFolder,
    Push,
    Reference,
    Revision,
    find_calibration,
    find_first,
    find_push,
    list_pushes,
)
from workbench.errors import AnnotationError


def _revision(
    user: str, values: dict[str, object], *, at: str = "2026-01-01", status: str = "submitted"
) -> Revision:
    return Revision(f"r-{user}", at, "2026-01-01", "x1", user, status, values)


def _edit(user: str, answer: str, verdict: str = "keep", **more: object) -> Revision:
    at = str(more.pop("at", "2026-01-01"))
    return _revision(user, {"answer": answer, "verdict": verdict, **more}, at=at)


def test_the_most_frequent_answer_wins_and_of_equals_the_latest() -> None:
    many = judge_instruction([_edit("a", "x"), _edit("b", "y"), _edit("c", "x ")])
    assert (many.answer, many.drop, many.n_answers) == ("x", False, 3)
    assert judge_instruction([_edit("a", "x"), _edit("b", "y")]).answer == "y"


def test_a_row_goes_only_by_majority() -> None:
    split = judge_instruction([_edit("a", "x"), _edit("b", "y", "drop")])
    assert (split.drop, split.answer, split.n_drop) == (False, "x", 1)
    gone = judge_instruction([_edit("simulated-a", "x", "drop"), _edit("simulated-b", "y", "drop")])
    assert (gone.drop, gone.answer, gone.simulated) == (True, "", True)


def test_one_person_outvotes_any_number_of_scripts() -> None:
    scripts = [_edit(f"simulated-{n}", "wrong", "drop", rate_tone=1) for n in range(3)]
    edited = judge_instruction([*scripts, _edit("ann", "right", rate_tone=9)])
    assert (edited.drop, edited.answer, edited.simulated) == (False, "right", False)
    assert (edited.n_answers, edited.n_drop, edited.ratings) == (1, 0, {"tone": 9})
    for_a = [_revision(f"simulated-{n}", {"choice": "a_much_better"}) for n in range(3)]
    preferred = judge_preference([*for_a, _revision("ann", {"choice": "b_better"})])
    assert (preferred.direction, preferred.strength, preferred.simulated) == (-1, 1, False)
    assert len(preferred.raters) == 1
    assert preferred.choices == {"b_better": 1}
    assert judge_preference(for_a).simulated


def test_ratings_are_averaged() -> None:
    outcome = judge_instruction([_edit("a", "x", rate_tone=7), _edit("b", "x", rate_tone=10)])
    assert outcome.ratings == {"tone": 8.5}


@pytest.mark.parametrize(
    ("choices", "direction", "strength"),
    [
        (["a_much_better"], 1, 2),
        (["b_better"], -1, 1),
        (["both_usable"], 0, 1),
        (["both_unusable"], 0, 1),
        (["a_better", "b_better"], 0, 1),
        (["a_much_better", "a_better"], 1, 2),
        (["a_much_better", "a_better", "a_better"], 1, 1),
        (["b_much_better", "b_much_better", "a_better"], -1, 2),
        (["a_better", "both_usable", "both_usable"], 0, 1),
        (["a_better", "both_usable"], 0, 1),
    ],
)
def test_a_preference_needs_a_majority(choices: list[str], direction: int, strength: int) -> None:
    answers = [_revision(f"u{n}", {"choice": choice}) for n, choice in enumerate(choices)]
    outcome = judge_preference(answers)
    assert outcome.direction == direction
    if direction:
        assert outcome.strength == strength
    assert len(set(outcome.raters)) == len(choices)
    assert not any("u0" in rater for rater in outcome.raters)


def test_drafts_and_discards_do_not_count() -> None:
    found = submitted_by_record(
        [
            _revision("a", {}, status="draft"),
            _revision("b", {}, status="discarded"),
            _revision("c", {}, at="2026-01-03"),
            _revision("d", {}, at="2026-01-02"),
        ]
    )
    assert [item.username for item in found["x1"]] == ["d", "c"]


def test_every_revision_is_kept_once(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path / "labels" / "d1")
    first, edited = _edit("a", "x"), _edit("a", "y", at="2026-02-01")
    assert folder.add_revisions([first]) == 1
    assert folder.add_revisions([edited]) == 1
    assert folder.add_revisions([edited]) == 0
    assert folder.read_revisions() == [first, edited]


def test_the_assignment_is_private(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path / "labels" / "d1")
    folder.write_assignment({"p1": Assignment("e1", 1, 0)})
    assert folder.read_assignment() == {"p1": Assignment("e1", 1, 0)}
    assert (folder.path / "assignment.json").stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_the_last_push_of_a_kind_is_found(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="No preferences"):
        find_push(tmp_path, "preferences")
    for name in ("i-1", "i-2"):
        made = Push("instructions", name, "id", "v1", external_ids=("e1",))
        LabelFolder(tmp_path / name).write_push(made)
    assert find_push(tmp_path, "instructions")[1].dataset == "i-2"
    assert find_push(tmp_path, "instructions", "i-1")[1].external_ids == ("e1",)
    with pytest.raises(AnnotationError, match="named i-3"):
        find_push(tmp_path, "instructions", "i-3")


def test_who_asks_for_a_second_reader_leaves_the_row_to_the_others() -> None:
    asked = _edit("ann", "x", "second_reader", problems=["wrong"])
    alone = judge_instruction([asked])
    assert (alone.undecided, alone.drop, alone.answer, alone.n_second_reader) == (
        True,
        False,
        "",
        1,
    )
    decided = judge_instruction([asked, _edit("ben", "y", problems=["wrong", "wordy"])])
    assert (decided.undecided, decided.answer, decided.n_answers) == (False, "y", 2)
    assert decided.problems == {"wordy": 1, "wrong": 2}
    dropped = judge_instruction([asked, _edit("ben", "y", "drop")])
    assert (dropped.drop, dropped.n_drop) == (True, 1)


def test_what_anybody_marks_counts() -> None:
    name, mail = {"label": "name", "start": 4, "end": 8}, {"label": "email", "start": 0, "end": 3}
    outcome = judge_instruction(
        [_edit("a", "x", marks_draft=[name]), _edit("b", "x", marks_draft=[mail, name])]
    )
    assert outcome.marks == {"draft": (Mark(0, 3, "email"), Mark(4, 8, "name"))}


def test_marks_of_answers_that_a_second_task_overruled_still_count() -> None:
    name, mail = {"label": "name", "start": 4, "end": 8}, {"label": "email", "start": 0, "end": 3}
    first = [_edit("a", "x", marks_draft=[name]), _edit("simulated-b", "x", marks_draft=[mail])]
    outcome = judge_instruction([_edit("emil", "y")], first)
    assert (outcome.answer, outcome.n_answers) == ("y", 1)
    assert outcome.marks == {"draft": (Mark(4, 8, "name"),)}  # scripts are set aside by people


def test_a_preference_tells_agreement_and_ratings_by_side() -> None:
    answers = [
        _revision("ann", {"choice": "a_better", "rate_a_tone": 9, "rate_b_tone": 4}),
        _revision("ben", {"choice": "a_much_better", "rate_a_tone": 6}),
        _revision("cy", {"choice": "both_usable"}),
    ]
    outcome = judge_preference(answers)
    assert (outcome.direction, outcome.agreement) == (1, 0.667)
    assert outcome.ratings == {"a": {"tone": 7.5}, "b": {"tone": 4}}
    assert judge_preference(answers[1:]).agreement == 0.5


def test_a_calibration_set_is_never_found_among_what_is_learned_from(tmp_path: Path) -> None:
    first = Push("instructions", "i-1", "id", "v1", external_ids=("e1",))
    LabelFolder(tmp_path / "i-1").write_push(first)
    name = "i-1-calibration"
    made = Push("instructions", name, "id2", "v1", external_ids=("e1",), calibration=True)
    LabelFolder(tmp_path / name).write_push(made)  # the one pushed last
    assert find_push(tmp_path, "instructions")[1].dataset == "i-1"
    assert [push.dataset for _, push in list_pushes(tmp_path, "instructions")] == ["i-1"]
    with pytest.raises(AnnotationError, match="calibration set"):
        find_push(tmp_path, "instructions", name)
    found = find_calibration(tmp_path, "instructions")
    assert found is not None
    assert found[1].dataset == name
    assert find_calibration(tmp_path, "instructions", "i-1") is None
    assert find_calibration(tmp_path, "preferences") is None
    sets = list_pushes(tmp_path, "instructions", calibration=True)
    assert [push.dataset for _, push in sets] == [name]


def test_reference_answers_stay_private(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path / "labels" / "c1")
    assert folder.read_reference() is None
    reference = Reference(answers={"e1": {"verdict": "keep"}})
    folder.write_reference(reference)
    assert folder.read_reference() == reference
    assert (folder.path / "reference.json").stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_a_second_task_is_never_read_as_if_it_were_the_whole(tmp_path: Path) -> None:
    first = Push("instructions", "i-1", "id", "v1", external_ids=("e1", "e2"))
    LabelFolder(tmp_path / "i-1").write_push(first)
    name = "i-1-adjudication"
    second = Push("instructions", name, "id2", "v1", external_ids=("e1",), adjudicates="i-1")
    LabelFolder(tmp_path / name).write_push(second)
    assert find_first(tmp_path, "instructions")[1].dataset == "i-1"
    assert find_first(tmp_path, "instructions", "i-1")[1].dataset == "i-1"
    with pytest.raises(AnnotationError, match="only what people differ on in i-1") as caught:
        find_first(tmp_path, "instructions", name)
    assert "annotate pull instructions --dataset i-1`" in caught.value.hint
    assert find_push(tmp_path, "instructions", name)[1].dataset == name  # one may look at it
