"""The recipe of a home, as its file and the command line say it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.config import load_config, parse_config
from workbench.curation.recipe import Recipe
from workbench.home import Home


def load_recipe(home: Home, overrides: Sequence[str] = ()) -> Recipe:
    """Return the recipe of recipe.yaml; that of the defaults if there is no such file.

    Raises:
        ConfigError: It is wrong; every problem is named with its line and key.
    """
    if home.recipe_file.exists():
        return load_config(home.recipe_file, Recipe, overrides)
    return parse_config("", Recipe, place="recipe.yaml (absent)", overrides=overrides)
