import json
from functools import partial

import pytest

from workbench.cli.main import main
from workbench.errors import EmptySplitError, NotFoundError
from workbench.home import Home
from workbench.records import Example
from workbench.workflows.check_leakage import check_leakage
from workbench.workflows.publish import publish_examples

TASK = """
name: demo
objective: Summarise.
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
NOTE = "The tenant came in on Monday because his landlord keeps the whole deposit back"


def example(number, split, text, answer):
    name = f"{number:016x}"
    return Example(name, split, name, text, (), answer, "notes.csv", f"line {number}")


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "task.yaml").write_text(TASK)
    (root / "workbench.toml").write_text("")
    return Home(root)


@pytest.fixture
def version(home):
    rows = [
        example(1, "train", f"{NOTE}. He wants it now.", "Deposit withheld by the landlord."),
        example(2, "train", "Something else altogether about a will.", "A will."),
        example(3, "test", f"{NOTE}, and his key too.", "Deposit and key."),
    ]
    return publish_examples(home, rows, parents=[], recipe={}).manifest.digest


def test_own_splits_and_files_are_searched_and_rows_named(home, version, tmp_path):
    quiz = tmp_path / "quiz.csv"
    quiz.write_text("question\nSomething else altogether about a will.\nwhat?\n")
    result = check_leakage(home, against=[quiz])
    assert result.version == version
    assert result.report.verdict == "leaking"
    found = {
        (leak.train_row, leak.evaluation_set, leak.evaluation_row, leak.tier)
        for leak in result.report.leaks
    }
    assert {
        (f"{1:016x}", "test", f"{3:016x}", "span"),
        (f"{2:016x}", str(quiz), "line 2", "exact"),
    } <= found


def test_the_command_prints_no_text_and_its_exit_code_is_the_verdict(
    home, version, tmp_path, capsys
):
    arguments = ["data", "leakage", "--home", str(home.root)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "Verdict: suspect" in shown
    assert f"{3:016x}" in shown
    quiz = tmp_path / "quiz.txt"
    quiz.write_text("Something else altogether about a will.\n")
    assert main([*arguments, "--against", str(quiz), "--json"]) == 2
    told = capsys.readouterr().out
    assert json.loads(told)["report"]["verdict"] == "leaking"
    assert not any(word in shown + told for word in ("tenant", "landlord", "altogether"))


def test_two_rows_are_listed_once_and_those_of_a_named_file_first(home, version, tmp_path, capsys):
    quiz = tmp_path / "zzz.txt"
    quiz.write_text("Something else altogether about a will.\n")
    assert main(["data", "leakage", "--home", str(home.root), "--against", str(quiz)]) == 2
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    start = next(n for n, line in enumerate(lines) if "strongest tier" in line)
    listed = [line for line in lines[start + 1 :] if "(input)" in line]
    assert [str(quiz) in line for line in listed] == [True, False]
    assert "exact" in listed[0]


def test_a_version_without_train_rows_and_a_missing_one_are_refused(home):
    with pytest.raises(NotFoundError):
        check_leakage(home)
    publish_examples(home, [example(3, "test", NOTE, "x")], parents=[], recipe={})
    with pytest.raises(EmptySplitError, match="no train split"):
        check_leakage(home)


def test_a_model_finds_other_words_for_the_same_from_the_threshold_on(home, static_model, tmp_path):
    row = example(1, "train", "The tenant and his neighbour were in court on Monday.", "Court.")
    publish_examples(home, [row], parents=[], recipe={})
    quiz = tmp_path / "quiz.txt"
    # (tenant, owner, court, monday) are (1 + h, h, 1, 1) and (1, 1, 1, 1) with h = 1 / sqrt(2)
    quiz.write_text("A lodger, a landlord: that tribunal, this Monday.\n")
    h = 0.5**0.5
    cosine = (3 + 2 * h) / (2 * ((1 + h) ** 2 + h**2 + 2) ** 0.5)
    check = partial(check_leakage, home, against=[quiz], model=static_model)
    (leak,) = check().report.leaks
    assert (leak.tier, leak.score) == ("semantic", round(cosine, 4))
    assert check(threshold=0.95).report.leaks == ()
