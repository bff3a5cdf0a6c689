from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from annotation.instruction_task import instruction_task
from annotation.label_folder import Assignment
from annotation.preference_task import preference_task, ranking_task
from annotation.reference_file import as_shown, read_reference_file
from workbench.errors import AnnotationError
from workbench.task import Criterion, Task

ANCHORS = {1: "a", 4: "b", 7: "c", 10: "d"}
TASK = Task(
    name="intake",
    objective="Summarise.",
    rubric=(Criterion(name="form", question="Tidy?", anchors=ANCHORS),),
)
INSTRUCTIONS = instruction_task(TASK, source="v1", kinds=["name"])
PREFERENCES = preference_task(TASK, source="s1")
RANKINGS = ranking_task(TASK, source="s1", n_answers=3)
ROWS = {"e1", "e2"}


def _file(folder: Path, *lines: object) -> Path:
    file = folder / "reference.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return file


def test_answers_are_read_by_row(tmp_path: Path) -> None:
    first = {"example_id": "e1", "verdict": "keep", "answer": "Yes.", "rate_form": 10}
    file = _file(tmp_path, first, {"example_id": "e2", "verdict": "second_reader"})
    assert read_reference_file(file, INSTRUCTIONS, ROWS) == {
        "e1": {"verdict": "keep", "answer": "Yes.", "rate_form": 10},
        "e2": {"verdict": "second_reader"},
    }


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"example_id": "e9", "verdict": "keep"}, "line 1: there is no row e9 to ask about"),
        ({"example_id": 7, "verdict": "keep"}, "line 1: it is no object with an example_id"),
        (["e1"], "line 1: it is no object with an example_id"),
        ({"example_id": "e1"}, "line 1: it answers no question"),
        (
            {"example_id": "e1", "verdict": "perhaps"},
            "line 1, verdict: the task lacks the label 'perhaps'; it has keep, drop, second_reader",
        ),
        ({"example_id": "e1", "verdict": ["keep"]}, r"line 1, verdict: the task lacks the label"),
        ({"example_id": "e1", "rate_form": 11}, "line 1, rate_form: 11 is no whole number from 1"),
        ({"example_id": "e1", "rate_form": 0}, "rate_form: 0 is no whole number from 1 to 10"),
        ({"example_id": "e1", "rate_form": True}, "rate_form: True is no whole number"),
        ({"example_id": "e1", "rate_form": 7.0}, "rate_form: 7.0 is no whole number"),
        ({"example_id": "e1", "rate_form": "7"}, "rate_form: that is no whole number"),
        ({"example_id": "e1", "rate_tone": 7}, "line 1, rate_tone: the task has no such question"),
        ({"example_id": "e1", "comment": "Hm"}, "comment: it is not compared with a reference"),
        ({"example_id": "e1", "answer": " "}, "line 1, answer: it is no text"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(tmp_path: Path, line: object, problem: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        read_reference_file(_file(tmp_path, line), INSTRUCTIONS, ROWS)
    assert problem in caught.value.message
    assert caught.value.hint


def test_all_problems_are_told_together_and_empty_lines_count(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    good, bad = '{"example_id": "e1", "verdict": "keep"}', '{"example_id": "e1", "rate_form": 0}'
    file.write_text(f"{good}\n\n{bad}\n" + '{"example_id": "e8", "rate_form": 0}\n' * 9)
    with pytest.raises(AnnotationError) as caught:
        read_reference_file(file, INSTRUCTIONS, ROWS)
    said = caught.value.message.splitlines()[1:]
    assert said[0] == "line 3: row e1 stands on an earlier line too"
    assert said[1].startswith("line 3, rate_form")
    assert said[-1].startswith("and ")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{", b"\xff\xfe"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(content)
    with pytest.raises(AnnotationError, match=r"r\.jsonl"):
        read_reference_file(file, INSTRUCTIONS, ROWS)


@pytest.mark.parametrize(
    "ranking", [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 4}, {"a": 1, "b": 2, "c": True}, "abc"]
)
def test_a_ranking_needs_a_rank_for_each_answer(tmp_path: Path, ranking: object) -> None:
    file = _file(tmp_path, {"example_id": "e1", "ranking": ranking})
    with pytest.raises(AnnotationError, match="line 1, ranking: "):
        read_reference_file(file, RANKINGS, ROWS)


def test_a_and_b_become_what_annotators_see(tmp_path: Path) -> None:
    line = {"example_id": "e1", "choice": "a_better", "rate_a_form": 9, "rate_b_form": 2}
    values = read_reference_file(_file(tmp_path, line), PREFERENCES, ROWS)["e1"]
    assert as_shown(values, Assignment("e1", 0, 1)) == values
    turned = {"choice": "b_better", "rate_b_form": 9, "rate_a_form": 2}
    assert as_shown(values, Assignment("e1", 1, 0)) == turned
    assert as_shown({"choice": "b_much_better"}, Assignment("e1", 1, 0)) == {
        "choice": "a_much_better"
    }
    both = {"choice": "both_usable"}
    assert as_shown(both, Assignment("e1", 1, 0)) == both
    assert as_shown({"rate_form": 3}, None) == {"rate_form": 3}


@pytest.mark.parametrize("samples", list(permutations(range(3))))
def test_a_ranking_follows_its_answers_into_any_order(samples: tuple[int, ...]) -> None:
    rank_of_sample = {0: 1, 1: 3, 2: 2}
    order = Assignment("e1", samples[0], samples[1], samples[2:])
    shown: dict[str, Any] = as_shown({"ranking": {"a": 1, "b": 3, "c": 2}}, order)
    ranks = {item["value"]: item["rank"] for item in shown["ranking"]}
    assert ranks == {
        side: rank_of_sample[sample] for side, sample in zip("abc", samples, strict=True)
    }
