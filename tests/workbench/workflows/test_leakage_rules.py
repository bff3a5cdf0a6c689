"""Evaluation files and refusals in the recipe, through curate, card and training."""

import csv
import json

import pytest

from training.rows import check_trainable_version
from workbench.cli.main import main
from workbench.errors import ConfigError, ImportFileError, LeakageError, NotFoundError
from workbench.home import Home
from workbench.manifest import read_version
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.check_leakage import (
    check_leakage,
    dismiss_leakage,
    refuse_known_leaks,
)
from workbench.workflows.curate import curate
from workbench.workflows.dataset_card import dataset_card
from workbench.workflows.import_files import import_files
from workbench.workflows.publish import publish_examples
from workbench.workflows.train_sft import train_sft
from workbench.workflows.undo_rule import undo_rule

TASK = """
name: demo
objective: Summarise.
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
ONE_SPLIT = ("splits.train=1", "splits.validation=0", "splits.test=0", "splits.feedback=0")
WORDS = ["amber", "basin", "cedar", "dune", "ember", "fjord", "grove", "heath", "islet", "jetty"]
QUESTION = "How long may a landlord keep the deposit after the lease ended"


def note(number):
    """Return 20 words that share no run of five with those of another number."""
    return " ".join(f"{WORDS[(number + k) % len(WORDS)]}{number * k}" for k in range(20))


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "task.yaml").write_text(TASK)
    (root / "workbench.toml").write_text("")
    (root / "sft.yaml").write_text("")
    with (root / "notes.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow(["note", "summary"])
        writer.writerows([note(n), f"Answer number {n}."] for n in range(1, 9))
        writer.writerow([QUESTION, "Thirty days in most places."])
    home = Home(root)
    import_files(home, [root / "notes.csv"])
    return home


@pytest.fixture
def benchmark(home):
    """A file that holds one input word for word and twenty words of another one."""
    file = home.root / "benchmark.jsonl"
    rows = [{"question": QUESTION.upper()}, {"question": f"Begin here: {note(3)} and so on."}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def run(home, *overrides):
    return curate(home, overrides=[*ONE_SPLIT, "wording.typos=off", *overrides])


AGAINST = "leakage.against=[benchmark.jsonl]"


def ruled(result):
    return {
        (rule.rule, rule.action): rule.n_examples
        for rule in result.rules
        if rule.stage == "leakage"
    }


def test_an_input_that_an_evaluation_file_holds_goes_and_a_long_run_is_flagged(home, benchmark):
    result = run(home, AGAINST)
    assert ruled(result) == {("exact", "drop"): 1, ("span", "flag"): 1, ("near", "flag"): 2}
    manifest = read_version(home.versions / result.version).manifest
    assert manifest.leakage["verdict"] == "suspect"
    (file,) = manifest.leakage["against"]
    assert (file["file"], file["n_rows"], file["n_unreadable"]) == ("benchmark.jsonl", 2, 0)
    (found,) = manifest.leakage["tiers"]["sets"]
    assert (found["evaluation_set"], found["n_leaking"]) == ("benchmark.jsonl", 1)
    card = dataset_card(home, result.version)
    assert f"Searched for benchmark.jsonl (SHA-256 {file['sha256'][:16]})." in card
    refuse_known_leaks(home, result.version)


def test_another_content_of_the_file_is_another_version(home, benchmark):
    one = run(home, AGAINST).version
    assert run(home, AGAINST).version == one
    benchmark.write_text(benchmark.read_text() + '{"question": "And what of the keys?"}\n')
    assert run(home, AGAINST).version != one


def test_a_leak_that_is_only_flagged_makes_a_version_that_training_refuses(home, benchmark):
    result = run(home, AGAINST, "leakage.exact=flag")
    assert result.leakage["verdict"] == "leaking"
    with pytest.raises(LeakageError, match="is leaking"):
        check_trainable_version(resolve_version(home, result.version))
    undo_rule(home, "leakage.exact", row="notes.csv:10", reason="Everybody asks that.")
    assert run(home, AGAINST, "leakage.exact=flag").leakage["verdict"] == "suspect"


def test_a_check_of_a_version_says_what_curation_said_by_its_own_recipe(home, benchmark):
    rules = ("leakage.near=off", "leakage.min_words=21")
    for settings, verdict in (
        ((), "suspect"),
        (("leakage.near=off",), "suspect"),
        (rules, "clean"),
    ):
        result = run(home, AGAINST, *settings)
        assert result.leakage["verdict"] == verdict
        checked = check_leakage(home, result.version, against=[benchmark])
        assert (checked.report.verdict, checked.not_searched) == (verdict, ())
        assert f"verdict: {verdict}" in dataset_card(home, result.version)
        check_trainable_version(resolve_version(home, result.version))
    assert check_leakage(home, result.version).not_searched == ("benchmark.jsonl",)
    undo_rule(home, "leakage.span", row="notes.csv:4", reason="Two words only.")
    result = run(home, AGAINST, "leakage.near=off")
    checked = check_leakage(home, result.version, against=[benchmark])
    assert result.leakage["verdict"] == checked.report.verdict == "clean"


def test_refuse_publishes_nothing_and_says_which_rows_and_what_to_do(home, benchmark):
    before = run(home).version
    with pytest.raises(LeakageError, match="1 training rows") as refused:
        run(home, AGAINST, "leakage.spans=refuse")
    assert "leakage.spans" in refused.value.message
    assert "leakage.spans=drop" in refused.value.hint
    assert "amber" not in str(refused.value)
    report = (home.reports / "leakage-refused.json").read_text()
    assert "amber" not in report
    (row,) = json.loads(report)["refused"]
    assert resolve_version(home, "latest").manifest.digest == before

    run(home, AGAINST)
    undo_rule(home, "leakage.span", row=row["row_id"], reason="Two words only.")
    allowed = run(home, AGAINST, "leakage.spans=refuse", "leakage.near=off")
    assert allowed.leakage["verdict"] == "clean"


def test_a_file_that_is_not_there_or_cannot_be_read_is_refused_before_any_work(home):
    with pytest.raises(ConfigError, match=r"leakage\.against: there is no file .*missing\.csv"):
        run(home, "leakage.against=[missing.csv]")
    (home.root / "broken.parquet").write_text("no parquet")
    with pytest.raises(ImportFileError, match=r"broken\.parquet"):
        run(home, "leakage.against=[broken.parquet]")


def test_what_a_later_check_finds_is_shown_and_stops_training_until_dismissed(home, benchmark):
    version = run(home).version
    manifest = (home.versions / version / "manifest.json").read_bytes()
    check_leakage(home, against=[benchmark])
    with pytest.raises(LeakageError, match=r"inputs of .*benchmark\.jsonl stand in") as refused:
        train_sft(home)
    assert "leakage.against" in refused.value.hint
    assert "| leaking | 2 of 2 |" in dataset_card(home, version)

    command = ["data", "leakage", "--home", str(home.root), "--against", str(benchmark)]
    assert main([*command, "--dismiss", "A copy of our own notes."]) == 0
    refuse_known_leaks(home, version)
    assert "dismissed: A copy of our own notes." in dataset_card(home, version)
    assert (home.versions / version / "manifest.json").read_bytes() == manifest
    assert main(command) == 2  # the check says it again, and so does training
    with pytest.raises(LeakageError):
        refuse_known_leaks(home, version)


def test_what_is_made_from_a_leaking_version_leaks_as_well(home, benchmark):
    version = run(home).version
    check_leakage(home, against=[benchmark])
    rows = read_examples(resolve_version(home, version))[:-1]
    made = publish_examples(home, rows, parents=[version], recipe={"chosen": "all but one"})
    chosen = made.manifest.digest
    with pytest.raises(LeakageError, match=f"{chosen} is made from {version}, which leaks"):
        train_sft(home, version=chosen)
    with pytest.raises(LeakageError, match=f"is made from {version}"):
        refuse_known_leaks(home, chosen)
    dismiss_leakage(home, version, [benchmark], reason="A copy of our own notes.")
    refuse_known_leaks(home, chosen)


def test_what_is_made_from_a_version_has_no_better_verdict(home, benchmark):
    parent = run(home, AGAINST, "leakage.exact=flag").version
    rows = read_examples(resolve_version(home, parent))[:-1]
    made = publish_examples(home, rows, parents=[parent], recipe={"chosen": "all but one"})
    assert made.manifest.leakage["verdict"] == "leaking"
    assert made.manifest.leakage["inherited"] == {parent: "leaking"}
    with pytest.raises(LeakageError, match="is leaking"):
        check_trainable_version(made)
    clean = run(home).version
    rows = read_examples(resolve_version(home, clean))[:-1]
    made = publish_examples(home, rows, parents=[clean], recipe={"chosen": "all but one"})
    assert made.manifest.leakage["verdict"] == "clean"
    assert "inherited" not in made.manifest.leakage


def test_only_a_checked_file_can_be_dismissed_and_for_a_reason(home, benchmark):
    version = run(home).version
    with pytest.raises(NotFoundError, match="was not checked"):
        dismiss_leakage(home, version, [benchmark], reason="Because.")
    with pytest.raises(ConfigError, match="for a reason"):
        dismiss_leakage(home, version, [benchmark], reason=" ")
    with open_store(home) as store:
        assert store.leakage_checks(version) == []
