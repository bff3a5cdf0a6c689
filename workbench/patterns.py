"""Regular expressions of users, held to a bound: no text may make one slow.

Python's `re` tries one way of matching after the other, and a pattern such as `(a+)+$` has a number
of ways that doubles with each letter. So the parse tree is asked two questions before a pattern is
used: in how many ways can it match from one place, and how many characters can it look at? Both
bounds are sound: choices add up, parts in a row multiply, and `x{m,n}` of a part with w ways has
w**m + ... + w**n. A `+` or `*` has no bound at all and is refused; `{1,50}` says the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

MAX_WAYS = 10_000
MAX_CHARACTERS = 2_000
# The parser is private to the standard library, but is the only reader of patterns that cannot
# disagree with `re`; a Python that moves it fails at import, not in silence.
_parser = import_module("re._parser")
_TOO_MANY = max(MAX_WAYS, MAX_CHARACTERS) + 1


@dataclass(frozen=True, slots=True)
class _Bound:
    """Upper bounds for one place of a text, each cut at `_TOO_MANY`."""

    ways: int
    characters: int

    def then(self, other: _Bound) -> _Bound:
        return _cut(self.ways * other.ways, self.characters + other.characters)


def bounded_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a user's pattern.

    Raises:
        ValueError: It is no pattern, or some text could make it slow; the message has the remedy.
    """
    try:
        compiled = re.compile(pattern)
        tree = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as exc:
        raise ValueError(f"{pattern!r} is not a regular expression ({exc})") from exc
    bound = _sequence(tree)
    if bound.ways > MAX_WAYS or bound.characters > MAX_CHARACTERS:
        raise ValueError(
            f"{pattern!r} could take very long on some texts; write {{0,50}} for * and {{1,50}} "
            "for +, repeat no group that holds a repetition, and refer back to none"
        )
    return compiled


def _cut(ways: int, characters: int) -> _Bound:
    return _Bound(min(ways, _TOO_MANY), min(characters, _TOO_MANY))


def _sequence(tree: Any) -> _Bound:  # noqa: ANN401 - the parser has no types
    bound = _Bound(1, 0)
    for operation, argument in tree:
        bound = bound.then(_item(str(operation), argument))
    return bound


def _item(operation: str, argument: Any) -> _Bound:  # noqa: ANN401
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        fewest, most, inner = argument
        return _repeated(_sequence(inner), int(fewest), int(most))
    if operation == "BRANCH":
        return _either(argument[1])
    if operation == "GROUPREF_EXISTS":
        return _either([part or () for part in argument[1:]])
    if operation == "SUBPATTERN":
        return _sequence(argument[-1])
    if operation in ("ASSERT", "ASSERT_NOT"):
        return _sequence(argument[1])
    if operation == "ATOMIC_GROUP":
        return _sequence(argument)
    if operation == "GROUPREF":
        return _Bound(1, _TOO_MANY)  # as long as whatever was matched before
    return _Bound(1, 1)


def _either(branches: Any) -> _Bound:  # noqa: ANN401
    bounds = [_sequence(branch) for branch in branches]
    return _cut(sum(bound.ways for bound in bounds), max(bound.characters for bound in bounds))


def _repeated(inner: _Bound, fewest: int, most: int) -> _Bound:
    characters = max(inner.characters, 1) * most  # a round without characters takes time as well
    if inner.ways == 1:
        return _cut(most - fewest + 1, characters)
    total = 0
    for count in range(fewest, most + 1):
        total += inner.ways**count if count < _TOO_MANY.bit_length() else _TOO_MANY
        if total >= _TOO_MANY:
            break
    return _cut(total, characters)
