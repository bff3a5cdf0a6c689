import pytest

from workbench.curation.duplicates.near import ChainEnd, NearDuplicates, Removal
from workbench.curation.duplicates.near_rows import NearInputs, judge_near
from workbench.curation.recipe import DuplicateRules

FOUND = NearDuplicates(
    (Removal("b", "a", 0.91237),), (ChainEnd("c", "b", 0.85),), (("a", "b"),), ("d",)
)


def test_a_removal_names_its_keeper_and_the_rest_is_flagged():
    decisions = list(judge_near(FOUND, DuplicateRules()))
    assert [(d.row_id, d.rule, d.action) for d in decisions] == [
        ("b", "near", "drop"),
        ("c", "near_chain", "flag"),
        ("d", "near_unfinished", "flag"),
    ]
    assert decisions[0].evidence == {"keeper": "a", "similarity": 0.9124}


@pytest.mark.parametrize(("action", "said"), [("flag", {"flag"}), ("off", set())])
def test_the_recipe_says_what_becomes_of_them(action, said):
    assert {d.action for d in judge_near(FOUND, DuplicateRules(near=action))} == said


def test_each_couple_of_a_group_comes_once_and_a_large_group_costs_little():
    many = tuple(str(number) for number in range(1000))
    couples = list(NearInputs((("a", "b", "c"), many)).couples())
    assert couples[:3] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert len(couples) == 3 + 20 * 19 // 2
