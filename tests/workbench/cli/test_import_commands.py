"""The import commands as a user runs them: in a process of their own."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "workbench.toml").write_text("")
    return root


def run(home, *arguments):
    command = [sys.executable, "-m", "workbench.cli", *map(str, arguments), "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True)


def test_from_preview_to_mended_rows(home, tmp_path):
    notes = tmp_path / "notes.csv"
    notes.write_text("note,summary\nA note.,Its summary.\nonly one\n")
    preview = run(home, "import", notes, "--preview")
    assert preview.returncode == 0, preview.stderr
    assert "note     input   a usual name for the input" in preview.stdout
    assert "Of the first 2 rows 1 cannot be used." in preview.stdout
    assert "line 3: wrong_column_count. It has 1 columns; the header has 2." in preview.stdout
    assert json.loads(run(home, "data", "list", "--json").stdout)["sources"] == []

    imported = run(home, "import", notes, "--licence", "CC0-1.0")
    assert "format: csv; layout: columns" in imported.stdout, imported.stderr
    bad = tmp_path / "bad.jsonl"
    assert "1 rows written" in run(home, "data", "quarantine", "--export", bad).stdout
    row = json.loads(bad.read_text())
    assert (row["place"], row["raw"]) == ("line 3", "only one\n")
    bad.write_text(json.dumps(row | {"input": "only one", "output": "A summary."}))
    fixed = run(home, "data", "quarantine", "--fix", bad)
    assert "1 rows mended" in fixed.stdout, fixed.stderr
    assert "No row is quarantined." in run(home, "data", "quarantine").stdout
    assert "seen at notes.csv, line 3" in run(home, "data", "why", "notes.csv:3").stdout


@pytest.mark.parametrize(
    ("arguments", "said", "remedy"),
    [
        (("import", "{text}"), "an input without an answer is no example", "--join"),
        (("import", "{notes}", "--layout", "xml"), "'xml' is not known", "sharegpt"),
        (("import", "{notes}", "--on", "id"), "A key needs a second file", "--join FILE"),
        (("import", "{notes}", "--join", "{notes}"), "no column is named as the key", "--on"),
        (("import", "{notes}", "--preview", "--format", "parquet"), "not a whole Parquet", "again"),
        (("data", "quarantine", "--export", "x"), "No row is quarantined", "data list"),
        (("data", "quarantine", "--fix", "none"), "none does not exist", "path"),
    ],
)
def test_a_mistake_is_two_sentences_and_exit_code_2(home, tmp_path, arguments, said, remedy):
    notes, text = tmp_path / "notes.csv", tmp_path / "a.txt"
    notes.write_text("note,summary\nA note.,Its summary.\n")
    text.write_text("A note.")
    result = run(home, *(argument.format(notes=notes, text=text) for argument in arguments))
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert remedy in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
