"""Before and after of every edit: of a row, of a rule, before publishing, and undone."""

import csv
import random

import pytest

from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.curate import curate
from workbench.workflows.data import list_data
from workbench.workflows.explain_row import explain_row
from workbench.workflows.finding_samples import sample_finding
from workbench.workflows.fix_row import fix_row
from workbench.workflows.import_files import import_files
from workbench.workflows.preview_curation import preview_curation
from workbench.workflows.row_texts import imported_texts
from workbench.workflows.undo_rule import undo_rule

TASK = """
name: demo
objective: Summarise.
glossary: [{term: plaintiff, variants: [claimant]}]
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
TAGS = ("personal_data.replace=tag",)
DIRT = (
    "Good morning. ",
    "cafÃ© ",
    "a\u200bb ",
    "two  spaces\n\n\n\n",
    "Mail ann@lawyers.net. ",
    "",
)
SLIPS = ("The claimant signed. ", "Call 212-555-0123. ", "")
TYPOS = ("recieved", "seperate", "definately", "occured", "adress")  # each in four rows at most


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    home = Home(tmp_path / "home")
    home.task_file.write_text(TASK)
    chance = random.Random(5)  # noqa: S311 - no secret
    rows = [
        (
            f"{chance.choice(DIRT)}The tenant {n} fell in the hall.",
            f"{chance.choice(SLIPS)}Row {n}.",
        )
        for n in range(120)
    ]
    for place, word in enumerate(TYPOS * 3, 1):
        rows[place] = (rows[place][0], f"The {word} letter was read on day {place}.")
    rows[0] = ("Good morning. He wrote to ann@lawyers.net  twice.", "The claimant recieved it.")
    with (tmp_path / "notes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("note", "summary"), *rows])
    import_files(home, [tmp_path / "notes.csv"])
    return home


def edited_rules(rules):
    return [f"{rule.stage}.{rule.rule}" for rule in rules if rule.action == "edit"]


def test_each_decision_of_a_row_shows_what_it_changed(home):
    curate(home, overrides=TAGS)
    story = explain_row(home, "notes.csv:2")
    told = {
        f"{decision.stage}.{decision.rule}": [
            (edit.field, change.before, change.after)
            for edit in decision.edits
            for change in edit.changes
        ]
        for decision in story.decisions
    }
    assert told == {
        "clean.whitespace": [("input", "  ", " ")],
        "chatter.removed": [("input", "Good morning. ", "")],
        "typos.corrected": [("output", "recieved", "received")],
        "terminology.term": [("output", "claimant", "plaintiff")],
        "personal_data.email": [("input", "ann@lawyers.net", "[EMAIL]")],
    }
    email = story.decisions[-1].edits[0].changes[0]
    assert (email.start, email.end) == (12, 27)  # in the text that chatter had left
    assert (email.lead, email.trail) == ("He wrote to ", " twice.")
    chatter = next(d for d in story.decisions if d.stage == "chatter").edits[0].changes[0]
    assert chatter.kind == "greeting"


def test_the_edits_go_with_the_source(home):
    curate(home, overrides=TAGS)
    source = list_data(home).sources[0].source_id
    with open_store(home) as store:
        store.erase_source(source)
    story = explain_row(home, "notes.csv:2")
    assert story.edits_erased
    assert story.decisions
    assert not any(decision.edits for decision in story.decisions)
    assert not any(row.edits for row in sample_finding(home, "latest", "typos.corrected").rows)


def test_a_row_keeps_its_edits_of_each_version(home):
    first = curate(home, overrides=TAGS).version
    curate(home, overrides=(*TAGS, "wording.typos=flag"))
    for version, is_made in ((first, True), (None, False)):
        story = explain_row(home, "notes.csv:2", version=version)
        (edit,) = next(d for d in story.decisions if d.stage == "typos").edits
        assert (edit.is_made, edit.changes[0].after) == (is_made, "received")


def test_a_rule_shows_its_rows_with_their_edits(home):
    result = curate(home, overrides=TAGS)
    for rule in edited_rules(result.rules):
        sample = sample_finding(home, result.version, rule, n_rows=3)
        for row in sample.rows:
            assert row.edits
            assert {f"{edit.stage}.{edit.rule}" for edit in row.edits} == {rule}


def test_a_preview_tells_what_curate_does_and_publishes_nothing(home):
    preview = preview_curation(home, overrides=TAGS, rule="typos.corrected", n_rows=4, seed=2)
    assert list_data(home).versions == ()
    assert not home.versions.exists()
    assert not list((home.root / "staging").iterdir())
    result = curate(home, overrides=TAGS)
    for name in (
        "n_imported",
        "n_kept",
        "splits",
        "n_groups",
        "rules",
        "leakage",
        "n_quarantined",
        "prompt_personal_data",
    ):
        assert getattr(preview, name) == getattr(result, name), name
    sample = sample_finding(home, result.version, "typos.corrected", n_rows=4, seed=2)
    assert [(r.row_id, r.places, r.said, r.edits) for r in preview.rows] == [
        (r.row_id, r.places, r.said, r.edits) for r in sample.rows
    ]
    assert len(preview.rows) == 4


def test_a_preview_of_a_rule_that_says_nothing_names_the_remedy(home):
    with pytest.raises(NotFoundError, match=r"'typos\.nothing' would say nothing") as caught:
        preview_curation(home, rule="typos.nothing")
    assert "--preview" in caught.value.hint


def test_undoing_every_rule_that_edits_publishes_the_imported_texts(home):
    undone = []
    while rules := [r for r in edited_rules(curate(home, overrides=TAGS).rules) if r not in undone]:
        for rule in rules:
            undo_rule(home, rule)
        undone += rules
    assert {rule.partition(".")[0] for rule in undone} == {
        "clean", "chatter", "typos", "terminology", "personal_data",
    }  # fmt: skip
    examples = read_examples(resolve_version(home, "latest"))
    assert len(examples) > 100
    for example in examples:
        texts = {"input": example.input, "output": example.completion}
        assert texts == imported_texts(home, example.example_id)


def test_what_a_person_wrote_by_hand_is_shown_before_what_the_rules_changed(home):
    fixed = {"input": "Good morning. He wrote to ben@lawyers.net once."}
    fix_row(home, "notes.csv:2", fixed, author="anna")
    curate(home, overrides=TAGS)
    decisions = explain_row(home, "notes.csv:2").decisions
    told = {f"{d.stage}.{d.rule}": list(d.edits) for d in decisions}
    by_hand = [(c.before, c.after) for c in told["manual.fixed"][0].changes]
    assert by_hand == [("ann", "ben"), (" twice", "once")]
    assert told["personal_data.email"][0].changes[0].before == "ben@lawyers.net"
    assert (
        told["chatter.removed"][0].changes[0].trail.startswith("He wrote to ben@lawyers.net once")
    )


def test_undoing_one_rule_of_one_row_leaves_its_other_edits(home):
    curate(home, overrides=TAGS)
    row = explain_row(home, "notes.csv:2").row_id
    undo_rule(home, "chatter.removed", row=row)
    curate(home, overrides=TAGS)
    example = next(e for e in read_examples(resolve_version(home, "latest")) if e.example_id == row)
    assert example.input == "Good morning. He wrote to [EMAIL] twice."
    assert example.completion == "The plaintiff received it."
