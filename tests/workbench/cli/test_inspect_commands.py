"""Inspecting and exporting as a user does."""

import dataclasses
import json
import shutil

import pytest

from training.inspection import Token
from workbench.cli.inspect_commands import _coloured, _marked
from workbench.cli.main import main
from workbench.demo import write_consultations
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.curate import curate
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home
from workbench.workflows.publish import publish_examples

TOKENS = [
    Token(1, "<|user|>", trained=False, control=True),
    Token(2, "Hi", trained=False, control=False),
    Token(3, "yes\x1b[31m", trained=True, control=False),
    Token(4, "<|end|>", trained=True, control=True),
]


@pytest.fixture(scope="module")
def curated(tmp_path_factory):
    root = tmp_path_factory.mktemp("inspected") / "home"
    init_home(root, template="demo", base_model="demo")
    notes = write_consultations(root / "input", count=60)
    import_files(Home(root), [notes], mapping="input=note,output=summary,group=writer")
    curate(Home(root))
    return root


@pytest.fixture
def home(curated, tmp_path):
    shutil.copytree(curated, tmp_path / "home")
    return Home(tmp_path / "home")


def run(home, *arguments):
    return main(["data", *map(str, arguments), "--home", str(home.root)])


def test_trained_tokens_are_marked_without_a_terminal(home, capsys):
    assert run(home, "inspect", "--limit", "1") == 0
    shown = capsys.readouterr().out
    assert "<|assistant|>⟦" in shown
    assert "<|end|>⟧" in shown
    assert "\x1b" not in shown
    assert "rows counted." in shown


def test_json_holds_every_token(home, capsys):
    assert run(home, "inspect", "--limit", "1", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    side = content["rows"][0]["sides"][0]
    assert sum(token["trained"] for token in side["tokens"]) == side["side"]["n_trained"]
    assert content["blocked"] is False


def test_a_row_with_nothing_to_learn_exits_1_and_is_named(home, capsys):
    version = resolve_version(home, "latest:examples")
    examples = read_examples(version)
    empty = next(example for example in examples if example.split == "train")
    changed = [
        dataclasses.replace(example, completion="") if example is empty else example
        for example in examples
    ]
    blocked = publish_examples(home, changed, parents=(), recipe={"test": "empty"})
    assert run(home, "inspect", blocked.manifest.digest, "--limit", "0") == 1
    shown = capsys.readouterr().out
    assert "error nothing_trained" in shown
    assert empty.example_id in shown
    assert run(home, "inspect", version.manifest.digest, "--limit", "0") == 0


def test_the_page_is_written_beside_the_lines(home, tmp_path, capsys):
    assert run(home, "inspect", "--limit", "1", "--html", tmp_path / "page.html") == 0
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_export_says_what_it_wrote_and_refuses_twice(home, tmp_path, capsys):
    arguments = ("export", "--format", "trl", "--to", tmp_path / "out")
    assert run(home, *arguments) == 0
    assert "train.jsonl" in capsys.readouterr().out
    assert run(home, *arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert run(home, *arguments, "--force") == 0


def test_marks_enclose_what_is_trained():
    assert _marked(TOKENS) == "<|user|>Hi⟦yes�[31m<|end|>⟧"


def test_colours_change_at_every_token_and_text_cannot_bring_its_own():
    painted = _coloured(TOKENS)
    assert painted.startswith("\x1b[2m<|user|>\x1b[0m\x1b[90mHi\x1b[0m")
    assert "\x1b[1;32myes�[31m\x1b[0m\x1b[32m<|end|>\x1b[0m" in painted
