"""`workbench data fix` and `accept` as a user runs them: in a process of their own."""

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
    notes = tmp_path / "notes.csv"
    rows = (f"Note  {n} of a client who came to us.,Summary {n}." for n in range(60))
    notes.write_text("note,summary\n" + "\n".join(rows) + "\n")
    assert run(root, "import", notes).returncode == 0
    return root


def run(home, *arguments, **options):
    command = [sys.executable, "-m", "workbench.cli", *map(str, arguments), "--home", str(home)]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.run(command, **output, **options)


def test_from_a_fix_to_why_and_back(home, tmp_path):
    better = tmp_path / "better.txt"
    better.write_text("A better summary.\n")
    reason = ("--reason", "It was wrong.")
    fixed = run(home, "data", "fix", "notes.csv:3", "--output", better, *reason, "--json")
    row = json.loads(fixed.stdout)["row_id"]
    assert "manual" in run(home, "curate").stdout
    shown = run(home, "data", "sql", "SELECT example_id, completion FROM examples").stdout
    assert f"{row}  A better summary." in shown
    why = run(home, "data", "why", row).stdout
    assert "(in force): It was wrong." in why
    assert "edit  manual.fixed: A person wrote the output anew." in why
    undone = run(home, "data", "undo", "manual.fixed", "--row", row)
    assert f"manual.fixed is undone for row {row}" in undone.stdout
    run(home, "curate")
    assert "(undone): It was wrong." in run(home, "data", "why", row).stdout
    assert "A better" not in run(home, "data", "show", "--limit", "100").stdout


def test_a_text_comes_from_stdin(home):
    fixed = run(home, "data", "fix", "notes.csv:3", "--output", "-", input="From stdin.\n")
    assert "output written anew." in fixed.stdout
    assert "Next: workbench curate" in fixed.stdout


@pytest.mark.parametrize(
    ("arguments", "said", "remedy"),
    [
        (("--output", "missing.txt"), "missing.txt cannot be read", "Check the path"),
        (("--output", "{latin}"), "Byte 3 of", "UTF-8"),
        (("--input", "-", "--output", "-"), "Only one text", "--help"),
        (("--rejected", "{good}"), "has no rejected", "Leave it out"),
        ((), "no editor to write it in", "--output better.txt"),
    ],
)
def test_a_mistake_is_two_sentences_and_changes_nothing(home, tmp_path, arguments, said, remedy):
    (tmp_path / "good.txt").write_text("Good.")
    (tmp_path / "latin.txt").write_bytes("Café".encode("latin-1"))
    named = {"good": tmp_path / "good.txt", "latin": tmp_path / "latin.txt"}
    filled = [argument.format(**named) for argument in arguments]
    result = run(home, "data", "fix", "notes.csv:3", *filled, stdin=subprocess.DEVNULL)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert remedy in result.stderr
    assert "Traceback" not in result.stderr
    assert "fixed by" not in run(home, "data", "why", "notes.csv:3").stdout


def test_without_a_file_the_users_editor_opens_in_a_terminal(home, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'From the editor.' > \"$2\"\n")
    editor.chmod(0o700)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "EDITOR": str(editor), "VISUAL": ""}
    result = run(home, "data", "fix", "notes.csv:3", stdin=theirs, env=environment)
    os.close(ours)
    os.close(theirs)
    assert result.returncode == 0, result.stderr
    assert "output written anew." in result.stdout
    assert not list((home / "staging").iterdir())


def test_a_finding_is_accepted_for_a_row_and_for_all(home):
    run(home, "curate")
    row = run(home, "data", "accept", "clean.whitespace", "--row", "notes.csv:2").stdout
    assert "clean.whitespace is accepted for row" in row
    every = json.loads(run(home, "data", "accept", "clean.whitespace", "--json").stdout)
    assert (every["ruling"], every["row_id"], every["n_rows"]) == ("accepted", None, 60)
    wrong = run(home, "data", "accept", "duplicates.exact")
    assert wrong.returncode == 2
    assert "said nothing so far" in wrong.stderr
