"""Which votes become preference pairs."""

import json
from dataclasses import replace

import pytest

from workbench.errors import LeakageError
from workbench.judgments.ballots import Ballot
from workbench.workflows.feedback import pairs_from_votes

VOTE = Ballot(
    study_id="study-1",
    split="feedback",
    comparison_id="c1",
    example_id="e1",
    prompt=json.dumps([{"role": "user", "content": "A note"}]),
    rater="ann",
    simulated=False,
    arm_left="sft",
    arm_right="dpo",
    text_left="left text",
    text_right="right text",
    choice="left",
    cast_at="2026-11-24T12:00:00",
    scores={},
)
SCRIPTS = [replace(VOTE, rater=f"script-{n}", simulated=True, choice="right") for n in range(3)]


def test_one_person_outvotes_any_number_of_scripts():
    [pair] = pairs_from_votes([*SCRIPTS, VOTE]).pairs
    assert (pair.chosen, pair.rejected) == ("left text", "right text")
    assert (pair.raters, pair.simulated) == (("ann",), False)


def test_a_tie_of_a_person_stands_against_scripts_that_prefer_one():
    made = pairs_from_votes([*SCRIPTS, replace(VOTE, choice="both_usable")])
    assert made.pairs == ()
    assert made.left_out == {"both_usable": 1}


def test_scripts_decide_where_nobody_voted_and_the_pair_says_so():
    [pair] = pairs_from_votes(SCRIPTS).pairs
    assert (pair.chosen, pair.simulated, len(pair.raters)) == ("right text", True, 3)


def test_people_who_disagree_make_no_pair():
    made = pairs_from_votes([VOTE, replace(VOTE, rater="bo", choice="right")])
    assert made.left_out == {"raters_disagree": 1}


def test_a_vote_on_another_split_never_trains():
    with pytest.raises(LeakageError, match="study-1"):
        pairs_from_votes([replace(VOTE, split="test")])
