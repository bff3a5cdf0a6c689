"""The data commands as a user runs them: in a process of their own."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

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
    return root


def command(home, *arguments):
    return [sys.executable, "-m", "workbench.cli", *map(str, arguments), "--home", str(home)]


def run(home, *arguments, **options):
    return subprocess.run(command(home, *arguments), capture_output=True, text=True, **options)


def write_notes(path, count):
    rows = (f"Note {n} of a client who came to us.,Summary {n}." for n in range(count))
    path.write_text("note,summary\n" + "\n".join(rows) + "\n")
    return path


def test_from_file_to_why(home, tmp_path):
    notes = write_notes(tmp_path / "notes.csv", 200)
    notes.write_text(notes.read_text() + "Note 7 OF a client who came to us.,Summary 7.\nbroken\n")
    imported = run(home, "import", notes)
    assert imported.returncode == 0, imported.stderr
    assert "201 examples." in imported.stdout
    assert "columns: input = note, output = summary; encoding: utf-8" in imported.stdout
    assert "quarantined: 1 (wrong_column_count 1)" in imported.stdout
    curated = run(home, "curate")
    assert curated.returncode == 0, curated.stderr
    assert "201 examples imported, 1 dropped, 200 kept" in curated.stdout
    assert "1 rows in quarantine" in curated.stdout
    again = json.loads(run(home, "curate", "--json").stdout)
    assert again["is_new"] is False
    assert again["version"] in curated.stdout
    (rule,) = again["rules"]
    why = run(home, "data", "why", rule["for_example"])
    assert "drop  duplicates.exact: Says the same as" in why.stdout
    assert f"It is not in version {again['version']}." in why.stdout
    assert (
        f"It is in version {again['version']}, split"
        in run(home, "data", "why", "notes.csv:2").stdout
    )
    shown = run(home, "data", "show", "--split", "train", "--limit", "1").stdout
    assert shown.count("──") == 1
    assert "completion: Summary" in shown
    assert "notes.csv, line 203: wrong_column_count" in run(home, "data", "quarantine").stdout
    listed = run(home, "data", "list").stdout
    assert f"{again['version']} *" in listed


@pytest.mark.parametrize(
    ("arguments", "said", "remedy"),
    [
        (("import", "missing.csv"), "missing.csv does not exist", "Check the path"),
        (("import", "{notes}", "--map", "input=nope"), "no column 'nope'", "--map input=note"),
        (("import", "{notes}", "--map", "nope"), "not of the form", "Example: --map"),
        (("import", "{notes}", "--format", "xml"), "'xml' is not known", "csv, tsv, jsonl, json"),
        (("import", "{notes}", "--encoding", "klingon"), "'klingon'", "latin-1"),
        (("import", "{empty}"), "is empty", "another file"),
        (("curate",), "no imported example", "workbench import"),
        (("curate", "--set", "splits.tset=1"), "splits.tset: unknown key", "another key"),
        (("data", "show"), "No version was published", "workbench curate"),
        (("data", "why", "abc"), "no row 'abc'", "notes.csv:12"),
    ],
)
def test_a_mistake_is_two_sentences_and_exit_code_2(home, tmp_path, arguments, said, remedy):
    notes = write_notes(tmp_path / "notes.csv", 3)
    empty = tmp_path / "empty.csv"
    empty.touch()
    filled = [argument.format(notes=notes, empty=empty) for argument in arguments]
    result = run(home, *filled)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert remedy in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_full_disk_is_said_and_the_same_command_continues(home, tmp_path):
    notes = write_notes(tmp_path / "notes.csv", 20_000)

    def limit_file_size():
        # Python ignores the signal, so that a write beyond the limit fails as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    result = run(home, "import", notes, preexec_fn=limit_file_size)
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert run(home, "import", notes).returncode == 0
    assert json.loads(run(home, "data", "list", "--json").stdout)["sources"][0]["n_rows"] == 20_000


def test_ctrl_c_leaves_nothing_half_done_and_exits_130(home, tmp_path):
    notes = write_notes(tmp_path / "notes.csv", 100_000)
    with subprocess.Popen(
        command(home, "import", notes),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # a suite started in the background ignores the signal, and its children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    ) as process:
        assert process.stderr.readline().startswith("Import notes.csv")
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert not list((home / "staging").iterdir())
    assert json.loads(run(home, "data", "list", "--json").stdout)["sources"] == []
