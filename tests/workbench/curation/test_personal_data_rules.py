import pytest

from workbench.config import parse_config, resolved
from workbench.curation.recipe import Recipe
from workbench.errors import ConfigError


def rules(text, *overrides):
    return parse_config(text, Recipe, place="recipe.yaml", overrides=overrides).personal_data


def test_one_word_or_number_is_for_all_kinds():
    found = rules("personal_data: {replace: tag, recall_floor: 0.5}")
    assert {found.way_of(kind) for kind in found.kinds} == {"tag"}
    assert found.default_floor == 0.5
    assert rules("personal_data: {replace: {default: tag}}") == rules(
        "personal_data: {replace: tag}"
    )


def test_a_kind_may_differ_and_the_rest_keeps_its_default():
    found = rules("personal_data: {replace: {ssn: tag}, recall_floor: {address: 0.4, all: 0.9}}")
    assert (found.way_of("ssn"), found.way_of("email")) == ("tag", "surrogate")
    assert (found.default_floor, found.recall_floor["address"]) == (0.8, 0.4)
    unmarked = rules("personal_data: {recall_floor: {name_unmarked: 0.5}}")
    assert unmarked.recall_floor == {"name_unmarked": 0.5}
    assert rules("", "personal_data.replace.ssn=tag").way_of("ssn") == "tag"


def test_resolved_rules_read_back_the_same():
    recipe = parse_config("personal_data: {replace: {ssn: tag}}", Recipe, place="r")
    assert Recipe.model_validate(resolved(recipe)) == recipe


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("replace: {shoe: tag}", "replace.shoe is no kind that is looked for"),
        ("kinds: [email]\n  replace: {ssn: tag}", "replace.ssn is no kind"),
        ("recall_floor: {url: 0.5}", "recall_floor.url is no kind"),
        ("kinds: [email]\n  recall_floor: {name_unmarked: 0.5}", "name_unmarked is no kind"),
        ("replace: {name_unmarked: tag}", "name_unmarked is no kind"),
        ("replace: {ssn: hide}", "line 2: personal_data.replace.ssn"),
        ("replace: hide", "personal_data.replace"),
        ("recall_floor: 2", "recall_floor"),
        ("model: gliner", "model gliner needs model_name"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, match):
    with pytest.raises(ConfigError, match=match):
        rules(f"personal_data:\n  {text}\n")
