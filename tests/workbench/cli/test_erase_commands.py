"""`workbench data erase` as a user runs it: it tells, asks, and does nothing unasked."""

import json
import os
import pty
import subprocess
import sys

import pytest

TASK = """
name: demo
objective: Summarise.
rubric:
  - {name: utility, question: "Useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "task.yaml").write_text(TASK)
    (root / "workbench.toml").write_text("")
    for name in ("kept.csv", "gone.csv"):
        rows = "\n".join(f"Note {n} of {name[:-n]}.,Summary {n}." for n in (1, 2, 3))
        (tmp_path / name).write_text(f"note,summary\nNote of both.,Summary.\n{rows}\n")
        assert run(root, "import", tmp_path / name).returncode == 0
    return root


def run(home, *arguments, **options):
    command = [sys.executable, "-m", "workbench.cli", *map(str, arguments), "--home", str(home)]
    output = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(command, text=True, **{**output, **options})


def statuses(home):
    listed = json.loads(run(home, "data", "list", "--json").stdout)
    return {source["file_name"]: source["status"] for source in listed["sources"]}


def answer(home, word):
    """Run the command in a terminal in which somebody answers."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{word}\n".encode())
    result = run(home, "data", "erase", "gone.csv", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    return result


def test_without_a_terminal_it_tells_what_would_go_and_refuses(home):
    result = run(home, "data", "erase", "gone.csv")
    assert result.returncode == 2
    assert "4 imported rows, of which 1 stand in other files too and stay there" in result.stderr
    assert "What stays until you remove it:" in result.stderr
    assert "Nothing was erased" in result.stderr
    assert "workbench data erase gone.csv --yes" in result.stderr
    assert result.stdout == ""
    assert statuses(home) == {"kept.csv": "active", "gone.csv": "active"}


def test_in_a_terminal_it_asks_and_no_means_no(home):
    assert answer(home, "n").returncode != 0
    assert statuses(home)["gone.csv"] == "active"
    result = answer(home, "y")
    assert result.returncode == 0, result.stderr
    assert "Erase this for good?" in result.stderr
    assert "Erased gone.csv (" in result.stdout
    assert "Next: workbench curate" in result.stdout
    assert statuses(home) == {"kept.csv": "active", "gone.csv": "erased"}


def test_with_yes_nothing_is_asked_and_why_says_erased(home):
    result = json.loads(run(home, "data", "erase", "gone.csv", "--yes", "--json").stdout)
    assert [source["file_name"] for source in result["erasure"]["sources"]] == ["gone.csv"]
    assert result["erasure"]["content"]["n_rows"] == 4
    why = run(home, "data", "why", "gone.csv:3")
    assert "seen at gone.csv, line 3 (erased on 20" in why.stdout
    assert why.stderr == ""
    again = run(home, "data", "erase", "gone.csv", "--yes")
    assert again.returncode == 0


def test_a_name_that_fits_nothing_is_two_sentences(home):
    result = run(home, "data", "erase", "other.csv", "--yes")
    assert result.returncode == 2
    assert "No imported file goes by 'other.csv'" in result.stderr
    assert "workbench data list" in result.stderr
