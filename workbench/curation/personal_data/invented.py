"""Names that stand for persons: put together from parts, so that they are known again."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import yaml

# The domains that RFC 2606 keeps for examples.
EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")


@cache
def _parts() -> dict[str, Any]:
    content = files(__package__).joinpath("words", "surrogates.yaml").read_text("utf-8")
    return dict(yaml.safe_load(content))


@cache
def invented_given_names(gender: str) -> tuple[str, ...]:
    """Return the invented given names of a gender (female, male, either), in lower case."""
    endings = _parts()["given_endings"][gender].split()
    return tuple(stem + end for stem, end in product(_parts()["given_stems"].split(), endings))


@cache
def invented_surnames() -> tuple[str, ...]:
    """Return the invented surnames, in lower case."""
    stems, endings = _parts()["surname_stems"], _parts()["surname_endings"]
    return tuple(stem + end for stem, end in product(stems.split(), endings.split()))


@cache
def _invented() -> frozenset[str]:
    genders = ("female", "male", "either")
    given = (name for gender in genders for name in invented_given_names(gender))
    return frozenset((*given, *invented_surnames()))


def is_invented(word: str) -> bool:
    """Tell whether a word of a name is one of ours."""
    return word.lower() in _invented()


def is_invented_email(value: str) -> bool:
    """Tell whether an e-mail address is one of ours: an invented name at an example domain."""
    local, _, domain = value.lower().partition("@")
    given, _, surname = re.sub(r"\d+$", "", local).partition(".")
    return domain in EXAMPLE_DOMAINS and is_invented(given) and is_invented(surname)
