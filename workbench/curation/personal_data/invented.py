"""Names that stand for persons: put together from parts, so that they are known again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from math import prod
from typing import Any

import yaml

# The domains that RFC 2606 keeps for examples.
EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")
GENDERS = ("female", "male", "either")

Parts = tuple[tuple[str, ...], ...]


@cache
def _content() -> dict[str, Any]:
    content = files(__package__).joinpath("words", "surrogates.yaml").read_text("utf-8")
    return dict(yaml.safe_load(content))


@cache
def given_parts(gender: str) -> Parts:
    """Return what the given names of a gender (female, male, either) consist of, in order."""
    endings = _content()["given_endings"][gender]
    return tuple(tuple(part.split()) for part in (*_content()["given_parts"], endings))


@cache
def surname_parts() -> Parts:
    """Return what surnames consist of, in order."""
    return tuple(tuple(part.split()) for part in _content()["surname_parts"])


def n_names(parts: Parts) -> int:
    """Return how many names can be put together; no two choices of parts give the same one."""
    return prod(map(len, parts))


def given_name(gender: str, number: int) -> str:
    """Return the invented given name of a number, in lower case; numbers count around."""
    return _composed(given_parts(gender), number)


def surname(number: int) -> str:
    """Return the invented surname of a number, in lower case; numbers count around."""
    return _composed(surname_parts(), number)


def _composed(parts: Sequence[Sequence[str]], number: int) -> str:
    chosen = []
    for choices in parts:
        number, index = divmod(number, len(choices))
        chosen.append(choices[index])
    return "".join(chosen)


@cache
def _form() -> re.Pattern[str]:
    of_all = (surname_parts(), *map(given_parts, GENDERS))
    names = ("".join(f"(?:{'|'.join(part)})" for part in parts) for parts in of_all)
    return re.compile("|".join(names))


def is_invented(word: str) -> bool:
    """Tell whether a word of a name is one of ours."""
    return bool(_form().fullmatch(word.lower()))


def is_invented_email(value: str) -> bool:
    """Tell whether an e-mail address is one of ours: an invented name at an example domain."""
    local, _, domain = value.lower().partition("@")
    given, _, last = re.sub(r"\d+$", "", local).partition(".")
    return domain in EXAMPLE_DOMAINS and is_invented(given) and is_invented(last)
