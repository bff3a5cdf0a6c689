import pytest

from workbench.errors import DataError
from workbench.home import Home
from workbench.records import PreferencePair
from workbench.store import open_store
from workbench.workflows.examine_pairs import examine_pairs
from workbench.workflows.publish import publish_pairs
from workbench.workflows.undo_rule import undo_rule

TASK = """
name: demo
objective: Summarise.
output:
  format: labelled_lines
  fields: [{name: client, label: Client, required: true}]
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "task.yaml").write_text(TASK)
    return Home(tmp_path)


def pair(pair_id, chosen, rejected, prompt="A note", raters=("ann",)):
    turns = ({"role": "user", "content": prompt},)
    return PreferencePair(
        pair_id, "e1", "feedback", turns, f"Client: {chosen}", rejected, 1, raters, "study"
    )


def publish(home, examined):
    return publish_pairs(
        home,
        examined.pairs,
        parents=(),
        recipe=examined.described(),
        decisions=examined.decisions,
    ).manifest


def test_votes_of_two_studies_that_contradict_each_other_are_left_out_with_their_reason(home):
    opposite = (pair("p1", "Ann Lee", "Client: Bo"), pair("p2", "Bo", "client: ann LEE"))
    examined = examine_pairs(home, [*opposite, pair("p3", "Cy", "Nobody", "Another note")])
    assert [kept.pair_id for kept in examined.pairs] == ["p3"]
    assert examined.dropped == {"contradiction": 2}
    manifest = publish(home, examined)
    assert manifest.dropped == {"pairs.contradiction": 2}
    assert manifest.recipe["pairs"]["contradiction"] == "drop"
    with open_store(home) as store:
        (told,) = store.decisions("p1")
    assert (told.version, told.decision.evidence["others"]) == (manifest.digest, ["p2"])


def test_recipe_and_rulings_decide(home):
    pairs = [pair("p1", "Ann", "Client: ANN"), pair("p2", "Bo", "Nobody", "Another note")]
    publish(home, examine_pairs(home, pairs))
    undo_rule(home, "pairs.identical", row="p1")
    assert len(examine_pairs(home, pairs).pairs) == 2
    undo_rule(home, "pairs.identical", row="p1", restore=True)
    home.recipe_file.write_text("pairs: {identical: flag}\n")
    examined = examine_pairs(home, pairs)
    assert (len(examined.pairs), examined.dropped) == (2, {})


def test_a_chosen_answer_that_lacks_a_field_is_flagged(home):
    lacking = PreferencePair(
        "p1", "e1", "train", pair("", "", "").prompt, "Ann came.", "No.", 1, (), "annotation"
    )
    (told,) = examine_pairs(home, [lacking]).decisions
    assert (told.rule, told.action, told.evidence) == (
        "incomplete_chosen",
        "flag",
        {"missing": ["client"]},
    )


def test_the_busiest_rater_is_measured(home):
    pairs = [pair(f"p{n}", f"A{n}", f"B{n}", f"Note {n}") for n in range(40)]
    (rater,) = [one for one in examine_pairs(home, pairs).balance if one.rule == "one_rater"]
    assert rater.flagged and rater.evidence["count"] == 40


def test_nothing_is_left_is_an_error_with_the_rule(home):
    with pytest.raises(DataError, match=r"No pair is left of 1: pairs\.identical dropped 1"):
        examine_pairs(home, [pair("p1", "Ann", "client: ANN")])
