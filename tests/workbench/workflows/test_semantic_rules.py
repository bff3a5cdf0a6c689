"""The rules that compare meaning, through curate, with a real model2vec model."""

import csv
import sys

import pytest

from workbench.errors import ConfigError, DependencyError
from workbench.home import Home
from workbench.manifest import read_version
from workbench.store import open_store
from workbench.workflows.curate import curate
from workbench.workflows.explain_row import explain_row
from workbench.workflows.import_files import import_files
from workbench.workflows.undo_rule import undo_rule

TASK = """
name: demo
objective: Summarise.
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
ROWS = (
    ("The tenant wants his rent from the landlord.", "Tenant wants rent."),
    ("His money the renter demands of the owner.", "Money the lodger demands."),
    # the same input in other words, and another answer
    ("A lodger demands rent: an owner.", "The court, on Monday."),
    ("The patient has pain in the chest.", "Chest pain."),
    ("On Monday the driver had an accident.", "Accident on Monday."),
)
PLAIN = (
    "splits.train=1",
    "splits.validation=0",
    "splits.test=0",
    "splits.feedback=0",
    "wording.typos=off",
    "wording.chatter=off",
    "quality.near_input=off",
)


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "task.yaml").write_text(TASK)
    with (root / "notes.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow(["note", "summary"])
        writer.writerows(ROWS)
    home = Home(root)
    import_files(home, [root / "notes.csv"])
    return home


def run(home, model, *overrides):
    return curate(
        home,
        overrides=[*PLAIN, f"duplicates.semantic_model={model}", *overrides],
    )


def said(result):
    return {(rule.rule, rule.action): rule.n_examples for rule in result.rules}


def test_of_rows_that_say_the_same_in_both_texts_one_goes_and_names_its_keeper(home, static_model):
    assert run(home, static_model).n_kept == 5  # off unless it is asked for
    result = run(home, static_model, "duplicates.semantic=drop")
    assert result.n_kept == 4
    assert said(result)["semantic", "drop"] == 1
    with open_store(home) as store:
        first, second = (store.find_example_at("notes.csv", f"line {n}")[0] for n in (2, 3))
    (gone,) = [r.for_example for r in result.rules if r.rule == "semantic"]
    assert gone == max(first, second)
    (decision,) = explain_row(home, gone).decisions
    assert decision.evidence == {"keeper": min(first, second), "similarity": 1.0}


def test_they_share_a_split_group_though_they_are_only_flagged(home, static_model):
    apart = run(home, static_model)
    together = run(home, static_model, "duplicates.semantic=flag")
    assert (together.n_kept, together.n_groups) == (5, apart.n_groups - 1)
    assert said(together)["semantic", "flag"] == 1


def test_whoever_undoes_the_rule_of_a_row_keeps_it(home, static_model):
    result = run(home, static_model, "duplicates.semantic=drop")
    (gone,) = [r.for_example for r in result.rules if r.rule == "semantic"]
    undo_rule(home, "duplicates.semantic", row=gone, reason="Two clients.")
    assert run(home, static_model, "duplicates.semantic=drop").n_kept == 5


def test_the_manifest_names_the_model_by_its_content_and_a_path_begins_at_home(home, static_model):
    (home.root / "model").symlink_to(static_model)
    result = run(home, "model", "duplicates.semantic=drop")
    recipe = read_version(home.versions / result.version).manifest.recipe
    assert len(recipe["semantic_model_sha256"]) == 64
    assert recipe["curate"]["duplicates"]["semantic_model"] == "model"


def test_evaluation_rows_in_other_words_are_found_in_training_rows(home, static_model):
    quiz = home.root / "quiz.txt"
    quiz.write_text("a motorist had a crash, it was monday\n")
    result = run(home, static_model, "leakage.against=[quiz.txt]", "leakage.semantic=drop")
    assert said(result)["semantic", "drop"] == 1
    (found,) = result.leakage["tiers"]["sets"]
    assert found["by_tier"]["semantic"] == 0  # of the rows that are left


def test_a_recipe_without_a_model_a_wrong_folder_and_a_missing_extra_are_refused(
    home, static_model, monkeypatch
):
    with pytest.raises(ConfigError, match=r"needs semantic_model"):
        curate(home, overrides=[*PLAIN, "duplicates.semantic=drop"])
    with pytest.raises(ConfigError, match=r"duplicates\.semantic_model"):
        curate(home, overrides=[*PLAIN, "leakage.semantic=flag"])
    with pytest.raises(ConfigError, match=r"recipe\.yaml: duplicates\.semantic_model: .*nowhere"):
        run(home, "nowhere", "duplicates.semantic=drop")
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(DependencyError, match="model2vec"):
        run(home, static_model, "duplicates.semantic=drop")
