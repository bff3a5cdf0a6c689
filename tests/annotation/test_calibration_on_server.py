"""Calibration on a real Argilla: two annotators and a reference that they cannot read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotation.client import RemoteRecord
from annotation.label_folder import LabelFolder, find_calibration, find_push
from tests.annotation.labelled_home import (
    TASK,
    THREE_ANSWERS,
    TONE,
    Judge,
    answer_records,
    labelled_home,
    write_answer_set,
)
from tests.annotation.small_server import key_of, user_of
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.annotate_adjudicate import adjudicate_disputed
from workbench.workflows.annotate_calibrate import (
    CalibrationResult,
    calibrate_instructions,
    calibrate_preferences,
    calibrate_rankings,
)
from workbench.workflows.annotate_progress import LabellingProgress, read_progress
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_server import open_argilla
from workbench.workflows.calibration_standing import CalibrationStanding
from workbench.workflows.pull_answers import pull_preferences
from workbench.workflows.push_answers import push_preferences

pytestmark = pytest.mark.slow

PEOPLE = "people:\n  ada:\n  ben:\n  dora: {role: admin, workspaces: [workbench-adjudication]}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with labelled_home(tmp_path_factory.mktemp("calibration"), roster=PEOPLE) as made:
        yield made


def _set(home: Home, kind: Any) -> tuple[LabelFolder, str, tuple[str, ...]]:
    found = find_calibration(home.labels, kind)
    assert found is not None
    return found[0], found[1].dataset_id, found[1].external_ids


def _reference_id(home: Home, kind: Any) -> str:
    reference = _set(home, kind)[0].read_reference()
    assert reference is not None
    return reference.dataset_id


def _standing(progress: LabellingProgress) -> CalibrationStanding:
    assert progress.calibration is not None
    return progress.calibration


def _judge(answer: str, verdict: str, rating: int) -> Judge:
    return lambda _: {"answer": answer, "verdict": verdict, "rate_utility": rating}


def _calibrate(home: Home, n_items: int = 4, **options: Any) -> CalibrationResult:
    return calibrate_instructions(home, reference="dora", n_items=n_items, **options)


def test_bad_input_is_refused_before_anything_is_pushed(home: Home, tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="'zoe' is neither a person"):
        calibrate_instructions(home, reference="zoe", n_items=3)
    with pytest.raises(AnnotationError, match="How many"):
        calibrate_instructions(home, reference="dora")
    with pytest.raises(AnnotationError, match=r"1000 records are asked for, and there are \d+ to"):
        _calibrate(home, 1000)
    file = tmp_path / "right.jsonl"
    file.write_text('{"example_id": "nobody", "verdict": "keep"}\n')
    with pytest.raises(AnnotationError, match="line 1: there is no row nobody"):
        calibrate_instructions(home, reference=str(file))
    row = read_examples(resolve_version(home, "latest:examples"), "train")[0].example_id
    file.write_text(json.dumps({"example_id": row, "verdict": "keep"}) + "\n")
    with pytest.raises(AnnotationError, match="2 records are asked for, and there are 1"):
        calibrate_instructions(home, reference=str(file), n_items=2)
    home.roster_file.write_text("people:\n  dora:\n")
    with pytest.raises(AnnotationError, match="Nobody in workspace workbench"):
        _calibrate(home)
    home.roster_file.write_text(PEOPLE)
    assert find_calibration(home.labels, "instructions") is None
    assert not home.labels.exists() or not any(home.labels.iterdir())


def test_two_annotators_are_compared_with_a_person(home: Home) -> None:
    made = _calibrate(home)
    assert (made.pushed.n_pushed, made.people) == (4, ("ada", "ben"))
    before = _standing(read_progress(home, "instructions"))
    assert before.unfinished == ("ada", "ben")
    assert [one.closeness for one in before.annotators] == [{}, {}]
    _, dataset, _ = _set(home, "instructions")
    answer_records(home, dataset, "ada", _judge("Right.", "keep", 8))
    answer_records(home, dataset, "ben", _judge("Else", "drop", 3), limit=3)
    answer_records(home, _reference_id(home, "instructions"), "dora", _judge("Right.", "keep", 7))
    standing = _standing(read_progress(home, "instructions"))
    assert (standing.person, standing.n_items, standing.n_reference) == ("dora", 4, 4)
    assert standing.unfinished == ("ben",)
    ada, ben = standing.annotators
    assert (ada.n_answered, ben.n_answered) == (4, 3)
    said = ada.closeness
    assert (said["verdict"].n_equal, said["verdict"].n, said["rate_utility"].value) == (4, 4, 1.0)
    assert said["answer"].value == 1.0
    assert (ben.closeness["verdict"].n_equal, ben.closeness["rate_utility"].value) == (0, 4.0)
    assert ben.closeness["answer"].value is None  # ben drops the rows: not measured, and not 0


def test_every_record_waits_for_everybody(home: Home) -> None:
    _, dataset, _ = _set(home, "instructions")
    with open_argilla(home) as client:
        assert client.progress(dataset) == {"total": 4, "completed": 3, "pending": 1}
    answer_records(home, dataset, "ben", _judge("Else", "drop", 3))
    assert _standing(read_progress(home, "instructions")).unfinished == ()
    home.roster_file.write_text(f"{PEOPLE}  cleo:\n")
    again = _calibrate(home)
    assert (again.pushed.n_pushed, again.pushed.n_existing) == (0, 4)
    assert _standing(read_progress(home, "instructions")).unfinished == ("cleo",)
    with open_argilla(home) as client:
        workspace = client.find_workspace("workbench")
        assert workspace
        found = client.find_dataset(workspace, again.pushed.dataset)
    assert found
    assert found["distribution"]["min_submitted"] == 3
    home.roster_file.write_text(PEOPLE)


def test_no_annotator_can_read_the_reference(home: Home) -> None:
    _, dataset, _ = _set(home, "instructions")
    secret = _reference_id(home, "instructions")
    with open_argilla(home) as client:
        record = next(iter(client.records(secret)))
        shown = [dict(each.fields) for each in client.records(dataset, include="suggestions")]
        keys = {name: key_of(client, name) for name in ("ada", "dora")}
        url = client.url
    seen = {
        (name, path): httpx.get(
            f"{url}/api/v1/{path}", headers={"X-Argilla-API-Key": key}, timeout=30
        ).status_code
        for name, key in keys.items()
        for path in (f"datasets/{secret}", f"records/{record.record_id}")
    }
    assert {status for (name, _), status in seen.items() if name == "ada"} == {403}
    assert seen["dora", f"records/{record.record_id}"] == 200
    assert "Right." not in json.dumps(shown)
    home.roster_file.write_text(
        f"{PEOPLE}  eve: {{workspaces: [workbench, workbench-reference]}}\n"
    )
    with pytest.raises(AnnotationError, match="eve may work in workspace workbench-reference"):
        _calibrate(home)
    home.roster_file.write_text(PEOPLE)
    with open_argilla(home) as client:
        workspace = client.find_workspace("workbench-reference")
        assert workspace
        client.remove_from_workspace(workspace, user_of(client, "eve"))


def test_no_calibration_answer_becomes_a_row(home: Home) -> None:
    folder, _, asked = _set(home, "instructions")
    with pytest.raises(AnnotationError, match="No instructions were pushed"):
        pull_instructions(home)
    for refuse in (
        pull_instructions,
        lambda home, dataset: adjudicate_disputed(home, "instructions", dataset=dataset),
    ):
        with pytest.raises(AnnotationError, match="is a calibration set"):
            refuse(home, dataset=folder.path.name)
    pushed = push_instructions(home)  # every row, those of the calibration set among them
    assert pushed.n_carried == 0
    _, push = find_push(home.labels, "instructions")
    assert set(asked) < set(push.external_ids)
    other = next(name for name in push.external_ids if name not in asked)
    with open_argilla(home) as client:
        records = {each.external_id: each for each in client.records(push.dataset_id)}
        assert not any(each.responses for each in records.values())
    answer_records(home, push.dataset_id, "ada", _judge("Learned.", "keep", 9), limit=len(records))
    rows = read_examples(resolve_version(home, pull_instructions(home).version))
    assert other in {row.example_id for row in rows}
    assert {row.completion for row in rows if row.split == "train"} == {"Learned."}
    beside = read_progress(home, "instructions")
    assert beside.dataset == push.dataset
    assert _standing(beside).dataset == folder.path.name


def test_answers_of_both_sides_survive_a_change_of_the_rubric(home: Home) -> None:
    found = find_calibration(home.labels, "instructions")
    assert found is not None
    home.task_file.write_text(TASK + TONE)
    made = _calibrate(home, version=found[1].version)
    assert (made.pushed.n_pushed, made.pushed.n_carried) == (4, 4)
    standing = _standing(read_progress(home, "instructions", dataset=made.pushed.dataset))
    # what was submitted lacks the new criterion, so it waits as a draft of its author's
    assert (standing.unfinished, standing.n_reference) == (("ada", "ben"), 0)
    with open_argilla(home) as client:
        (kept,) = {
            (reply.status, reply.values["rate_utility"])
            for record in client.records(_reference_id(home, "instructions"))
            for reply in record.responses
        }
    assert kept == ("draft", 7)
    home.task_file.write_text(TASK)


def _choose(record: RemoteRecord) -> Mapping[str, Any]:
    side = "a" if record.fields["answer_a"].startswith("good") else "b"
    return {"choice": f"{side}_better", f"rate_{side}_utility": 9}


def _file(folder: Path, lines: list[dict[str, Any]]) -> str:
    file = folder / "right.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


def test_a_file_says_what_is_right_in_whatever_order_answers_are_shown(
    home: Home, tmp_path: Path
) -> None:
    examples = write_answer_set(home, "three", THREE_ANSWERS, 9)
    right = {"choice": "a_better", "rate_a_utility": 9, "rate_b_utility": 4}
    file = _file(tmp_path, [{"example_id": name, **right} for name in examples[:6]])
    made = calibrate_preferences(home, reference=file, answer_set="three")
    assert made.pushed.n_pushed == 6
    folder, dataset, _ = _set(home, "preferences")
    orders = {(one.sample_a, one.sample_b) for one in folder.read_assignment().values()}
    assert orders == {(0, 1), (1, 0)}
    answer_records(home, dataset, "ada", _choose)
    standing = _standing(read_progress(home, "preferences"))
    ada, ben = standing.annotators
    assert (ada.closeness["choice"].n_equal, ada.closeness["choice"].n) == (6, 6)
    assert {ada.closeness[f"rate_{side}_utility"].value for side in "ab"} == {0.0}
    assert sum(ada.closeness[f"rate_{side}_utility"].n for side in "ab") == 6
    assert (ben.n_answered, ben.closeness["choice"].value) == (0, None)

    push_preferences(home, answer_set="three")
    _, push = find_push(home.labels, "preferences")
    answer_records(home, push.dataset_id, "ben", _choose, limit=2)
    assert len(read_pairs(resolve_version(home, pull_preferences(home).version))) == 2
    again = calibrate_preferences(home, reference=file, answer_set="three")
    assert again.pushed.n_pushed == 0
    assert _standing(read_progress(home, "preferences")) == standing


def test_rankings_are_compared_by_each_two_answers(home: Home, tmp_path: Path) -> None:
    right = {"ranking": {"a": 1, "b": 2, "c": 3}}
    examples = read_examples(resolve_version(home, "latest:examples"), "train")[:3]
    file = _file(tmp_path, [{"example_id": row.example_id, **right} for row in examples])
    calibrate_rankings(home, reference=file, answer_set="three")
    answer_records(home, _set(home, "rankings")[1], "ben", _rank)
    _, ben = _standing(read_progress(home, "rankings")).annotators
    assert (ben.closeness["ranking"].n_equal, ben.closeness["ranking"].n) == (6, 9)


def _rank(record: RemoteRecord) -> Mapping[str, Any]:
    """Tie what is fair and bad behind what is good: two of each three orders are right."""
    sides = {side: record.fields[f"answer_{side}"].split()[0] for side in "abc"}
    ranks = {"good": 1, "fair": 2, "bad": 2}
    return {"ranking": [{"value": side, "rank": ranks[said]} for side, said in sides.items()]}
