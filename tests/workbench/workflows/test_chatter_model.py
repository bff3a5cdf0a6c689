"""From what people say of sentences to a classifier that curation uses."""

import json

import pytest

from workbench.curation.wording.chatter_model import load_chatter_model
from workbench.errors import ConfigError, DataError, NotFoundError
from workbench.home import Home
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.chatter_model import (
    chatter_model,
    import_labels,
    sample_sentences,
    train_chatter,
)
from workbench.workflows.curate import curate
from workbench.workflows.data import list_data
from workbench.workflows.explain_row import explain_row
from workbench.workflows.import_files import import_files
from workbench.workflows.sentence_labels import (
    LabelledSentence,
    add_sentence_labels,
    sentence_labels,
)
from workbench.workflows.undo_rule import accept_finding, undo_rule

TASK = """
name: demo
objective: Summarise.
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
PLACES = ("office", "court", "lobby", "hall", "kitchen", "garage", "yard", "station")
TIMES = ("today", "again", "on Monday", "at noon", "this morning", "last week", "in spring")
WITH_MODEL = ("wording.chatter_model=default",)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    home = Home(tmp_path / "home")
    home.task_file.write_text(TASK)
    rows = [
        {
            "note": f"The tenant fell in the {place} {time}. Nice coffee in the {place} {time}.",
            "summary": f"A fall in the {place}, {time}.",
        }
        for place in PLACES
        for time in TIMES
    ]
    rows[0]["note"] = f"Good morning. {rows[0]['note']}"
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(home, [path])
    curate(home)
    return home


def label(home, tmp_path):
    """Label every sentence as a person would who knows what coffee has to do with the matter."""
    file = tmp_path / "sentences.jsonl"
    sample_sentences(home, file, n_sentences=1000)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["label"] = "chatter" if "coffee" in row["sentence"] else "keep"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return import_labels(home, file, author="anna")


def in_force(home):
    with open_store(home) as store:
        return {each.text: each.label for each in sentence_labels(store)}


def test_a_trained_model_removes_what_the_rules_do_not_know(home, tmp_path):
    counts = label(home, tmp_path)
    assert (counts.n_chatter, counts.n_keep, counts.n_unlabelled) == (56, 56, 0)
    trained = train_chatter(home)
    assert (trained.n_labels, trained.n_chatter) == (112, 56)
    assert trained.precision >= 0.95
    assert trained.recall == trained.n_right / 56
    result = curate(home, overrides=WITH_MODEL)
    rule = next(rule for rule in result.rules if rule.rule == "model")
    assert (rule.stage, rule.action) == ("chatter", "edit")
    examples = read_examples(resolve_version(home, "latest"))
    assert sum("coffee" not in example.input for example in examples) == rule.n_examples > 40
    assert all("tenant fell" in example.input for example in examples)
    manifest = resolve_version(home, "latest").manifest
    model = load_chatter_model(home.chatter_models / "default.json")
    assert manifest.recipe["chatter_model"] == model.digest
    story = explain_row(home, rule.for_example)
    (edit,) = next(d for d in story.decisions if d.rule == "model").edits
    assert "coffee" in edit.changes[0].before


def test_the_models_rule_is_undone_alone(home, tmp_path):
    label(home, tmp_path)
    train_chatter(home)
    curate(home, overrides=WITH_MODEL)
    undo_rule(home, "chatter.model")
    rules = {f"{r.stage}.{r.rule}" for r in curate(home, overrides=WITH_MODEL).rules}
    assert "chatter.removed" in rules
    assert "chatter.model" not in rules


def test_several_processes_use_the_model_as_one_does(home, tmp_path, monkeypatch):
    label(home, tmp_path)
    train_chatter(home)
    one = curate(home, overrides=WITH_MODEL).version
    home.row_cache_file.unlink()
    monkeypatch.setattr("workbench.curation.judging.workers._ROWS_WORTH_A_PROCESS", 20)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert curate(home, overrides=WITH_MODEL).version == one


def test_another_model_of_the_same_name_judges_anew(home, tmp_path):
    label(home, tmp_path)
    train_chatter(home)
    first = curate(home, overrides=WITH_MODEL)
    row = explain_row(home, "notes.jsonl:2").row_id
    with open_store(home) as store:  # one label more gives another model
        texts = [LabelledSentence(row, "Nice coffee in the court today.", "keep")]
        add_sentence_labels(store, texts, origin="argilla", author="ben")
    train_chatter(home)
    second = curate(home, overrides=WITH_MODEL)
    assert second.version != first.version


def test_rulings_on_findings_of_chatter_are_labels(home):
    row = explain_row(home, "notes.jsonl:1").row_id
    accept_finding(home, "chatter.removed", row=row)
    assert in_force(home) == {"Good morning.": "chatter"}
    undo_rule(home, "chatter.removed", row=row)
    assert in_force(home) == {"Good morning.": "keep"}
    undo_rule(home, "chatter.removed", row=row, restore=True)
    assert in_force(home) == {}


def test_rulings_on_other_rules_and_on_every_row_are_none(home):
    undo_rule(home, "chatter.removed")
    assert in_force(home) == {}


def test_the_last_label_of_a_sentence_counts_in_any_case_and_spacing(home):
    row = explain_row(home, "notes.jsonl:1").row_id
    with open_store(home) as store:
        for text, word in (("Nice  Coffee.", "chatter"), ("nice coffee.", "keep")):
            add_sentence_labels(store, [LabelledSentence(row, text, word)], origin="file")
    assert in_force(home) == {"nice coffee.": "keep"}


def test_labels_are_sealed_and_go_with_their_source(home):
    row = explain_row(home, "notes.jsonl:1").row_id
    with open_store(home) as store:
        add_sentence_labels(
            store, [LabelledSentence(row, "zq.canary was here.", "chatter")], origin="argilla"
        )
    assert b"zq.canary" not in home.store_file.read_bytes()
    with open_store(home) as store:
        store.erase_source(list_data_source(store))
    assert in_force(home) == {}
    with open_store(home) as store, pytest.raises(NotFoundError, match="source was erased"):
        add_sentence_labels(store, [LabelledSentence(row, "Hi.", "keep")], origin="file")


def test_a_model_that_learned_from_an_erased_file_is_deleted_and_not_used(home, tmp_path):
    label(home, tmp_path)
    train_chatter(home)
    file = home.chatter_models / "default.json"
    other = tmp_path / "other.jsonl"
    other.write_text('{"input": "Another note.", "output": "Another summary."}\n')
    import_files(home, [other])
    with open_store(home) as store:
        labelled, unlabelled = (source.source_id for source in store.sources())
        store.erase_source(unlabelled)
    assert load_chatter_model(file).sources == (labelled,)
    assert chatter_model(home, "default") == load_chatter_model(file)
    with open_store(home) as store:
        store.erase_source(labelled)
    with pytest.raises(DataError, match=r"sentences of notes\.jsonl, erased since") as caught:
        chatter_model(home, "default")
    assert "workbench data chatter train --name default" in caught.value.hint
    assert not file.exists()


def list_data_source(store):
    return store.sources()[0].source_id


def test_too_few_labels_are_refused_with_the_next_command(home):
    assert list_data(home).versions
    with pytest.raises(DataError, match="0 distinct sentences are labelled as chatter") as caught:
        train_chatter(home)
    assert "workbench data chatter sample" in caught.value.hint


def test_a_model_that_is_not_there_is_named_with_its_remedy(home):
    with pytest.raises(NotFoundError, match=r"wording\.chatter_model is 'old'") as caught:
        curate(home, overrides=("wording.chatter_model=old",))
    assert "train --name old" in caught.value.hint
    with pytest.raises(ConfigError, match=r"wording\.chatter_model"):
        curate(home, overrides=("wording.chatter_model=../x",))


@pytest.mark.parametrize("name", ["off", "../x", "", "A"])
def test_a_name_that_no_recipe_could_hold_is_refused(home, name):
    with pytest.raises(ConfigError, match="cannot name a chatter model"):
        train_chatter(home, name=name)


def test_a_sample_holds_no_sentence_twice_and_none_that_has_a_label(home, tmp_path):
    first = sample_sentences(home, tmp_path / "a.jsonl", n_sentences=10)
    assert first.n_sentences == 10
    assert (tmp_path / "a.jsonl").stat().st_mode & 0o077 == 0
    label(home, tmp_path)
    assert sample_sentences(home, tmp_path / "b.jsonl").n_sentences == 0
    with pytest.raises(DataError, match="exists"):
        sample_sentences(home, tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{broken", "line 2"),
        ('{"row": "notes.jsonl:1", "sentence": "canary", "label": "maybe"}', "line 2: label"),
        ('{"row": "notes.jsonl:1", "label": "keep"}', "line 2: sentence"),
    ],
)
def test_a_wrong_line_takes_over_nothing_and_shows_no_text(home, tmp_path, line, problem):
    file = tmp_path / "labels.jsonl"
    good = {"row": "notes.jsonl:1", "sentence": "Hi.", "label": "keep"}
    file.write_text(json.dumps(good) + "\n" + line + "\n")
    with pytest.raises(DataError, match=problem) as caught:
        import_labels(home, file)
    assert "canary" not in str(caught.value)
    assert in_force(home) == {}
