"""A version that people's answers made of a curated one: its rows, its differences, its card."""

import pytest

from workbench.store import Decision, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.curate import curate
from workbench.workflows.dataset_card import dataset_card
from workbench.workflows.diff_versions import diff_versions
from workbench.workflows.explain_row import explain_row
from workbench.workflows.publish import publish_examples

MADE_BY = {"workflow": "annotate", "kind": "instructions", "answer_set": "", "answers": 3}
EMAIL = "personal_data.email"


def said(story):
    return [(d.version, f"{d.stage}.{d.rule}") for d in story.decisions]


def with_email(home, version):
    """Return a row of a version in which curation replaced an address."""
    rows = (example.example_id for example in read_examples(resolve_version(home, version)))
    return next(row for row in rows if EMAIL in (rule for _, rule in said(explain_row(home, row))))


@pytest.fixture
def curated(home):
    return curate(home)


@pytest.fixture
def labelled(home, curated):
    """Return the row that people dropped, and the version without it."""
    row = with_email(home, curated.version)
    examples = read_examples(resolve_version(home, curated.version))
    version = publish_examples(
        home,
        [example for example in examples if example.example_id != row],
        parents=[curated.version],
        recipe=MADE_BY,
        decisions=[Decision(row, "annotate", "dropped", "drop", "Annotators would drop it.", {})],
    )
    return row, version.manifest.digest


def test_a_row_tells_what_curation_said_before_people_did(home, curated, labelled):
    row, version = labelled
    story = explain_row(home, row)
    assert story.version == version
    assert said(story)[-1] == (version, "annotate.dropped")
    assert (curated.version, EMAIL) in said(story)[:-1]
    assert next(d for d in story.decisions if d.rule == "email").edits
    assert said(explain_row(home, row, version=curated.version)) == said(story)[:-1]


def test_a_row_that_people_left_alone_still_tells_what_curation_said(home, curated, labelled):
    row, version = labelled
    story = explain_row(home, with_email(home, version))
    assert story.row_id != row
    assert story.version == version
    assert {way for way, _ in said(story)} == {curated.version}


def test_the_settings_of_its_curation_still_hold(home, curated, labelled):
    _, version = labelled
    made = {"workflow": "annotate", "kind": "instructions", "answers": 3}
    there = diff_versions(home, curated.version, version)
    assert there.settings == {name: (None, value) for name, value in made.items()}
    assert [(c.change, c.reason) for c in there.changes] == [("removed", "annotate.dropped")]
    back = diff_versions(home, version, curated.version)
    assert back.settings == {name: (value, None) for name, value in made.items()}


def test_what_was_measured_is_no_setting(home, curated):
    fewer = curate(home, overrides=["personal_data.canaries=50"])
    found = diff_versions(home, curated.version, fewer.version)
    assert set(found.settings) == {"curate.personal_data.canaries"}


def test_its_card_names_the_verdict_that_it_inherits(home, curated, labelled):
    _, version = labelled
    card = dataset_card(home, version)
    assert f"- of version {curated.version}, which it was made from: suspect" in card
    assert "{" not in card
    assert "may tell it" in card
