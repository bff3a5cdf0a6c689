from typing import get_args

import pytest

from workbench.cli.select_commands import By as Option
from workbench.config import parse_config
from workbench.curation.selection.choice import Method
from workbench.curation.selection.rules import By, SelectionRules
from workbench.errors import ConfigError


def rules(*settings):
    return parse_config("", SelectionRules, place="options", overrides=settings)


def test_two_limits_are_refused_and_one_replaces_the_other():
    with pytest.raises(ConfigError, match="name one"):
        rules("keep=5", "tokens=100")
    assert (rules().most_rows, rules().limit) == (1000, "1000 rows")
    assert (rules("tokens=100").most_rows, rules("tokens=100").limit) == (None, "100 tokens")


@pytest.mark.parametrize("setting", ["by=luck", "keep=0", "tokens=0", "seed=-1", "kept=3"])
def test_what_cannot_be_is_refused(setting):
    with pytest.raises(ConfigError, match=setting.partition("=")[0]):
        rules(setting)


def test_the_command_offers_every_way_and_every_way_has_a_method():
    assert [option.value for option in Option] == list(get_args(By))
    assert {SelectionRules(by=by).method for by in get_args(By)} == set(get_args(Method))
