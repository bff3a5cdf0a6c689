r"""Text queries in the words of Elasticsearch's simple query syntax, as one FTS5 expression.

`a b` both · `a | b` one of them · `-a` without · `"a b"` a phrase · `"a b"~2` near each other ·
`a*` a beginning · `( )` · `\` before a sign that is meant as text · `*` alone: everything.
Signs are read from left to right, none binds closer than another: `a b | c d` is `((a b) | c) d`.
Like there, no input is an error, and what holds no word finds nothing. The rules are those of
Lucene's SimpleQueryParser; its fuzzy words (`a~1`) are looked for as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .words import words

_SPACE = " \t\n\r"
_ENDS_A_WORD = '"|+()' + _SPACE
_SLOP = re.compile(r"~(\d*)")
# FTS5 reads nested expressions with a stack of 100.
_MAX_NESTING = 24

_Sign = Literal["AND", "OR"]


class QueryTooDeepError(ValueError):
    """The query changes between "and" and "or", or opens brackets, too often."""


@dataclass(frozen=True, slots=True)
class TextCondition:
    """A text query.

    Attributes:
        expression: FTS5 expression; empty if the query asks for everything or for nothing.
        negated: Whether the records that do not match it are wanted; without an expression,
            whether all are.
    """

    expression: str
    negated: bool = False


EVERYTHING = TextCondition("", negated=True)
NOTHING = TextCondition("")


def compile_query(text: str, columns: Sequence[str]) -> TextCondition:
    """Turn a query into an FTS5 expression.

    Args:
        text: What the user typed.
        columns: Columns of the full-text table to search, in its order.

    Raises:
        QueryTooDeepError: It cannot be written as one expression.
    """
    if text.strip() == "*":
        return EVERYTHING
    node = _Parser(text, columns).parse()
    if node is None or not columns:
        return NOTHING
    return TextCondition(_written(node), node.negated)


@dataclass(slots=True)
class _Node:
    """A leaf (`text`) or parts joined by one sign; negated: the records that do not match."""

    text: str = ""
    sign: str = ""
    parts: tuple[_Node, ...] = ()
    negated: bool = False
    depth: int = 0


def _joined(sign: _Sign, left: _Node, right: _Node) -> _Node:
    """Join two nodes; FTS5 has no "not" of its own, so it is moved outwards."""
    if left.negated == right.negated:
        # not a and not b = not (a or b)
        kept = sign if not left.negated else ("OR" if sign == "AND" else "AND")
        parts = (*_parts_of(kept, left), *_parts_of(kept, right))
        return _node(kept, parts, negated=left.negated)
    wanted, unwanted = (right, left) if left.negated else (left, right)
    if sign == "AND":
        return _node("NOT", (wanted, unwanted), negated=False)
    # a or not b = not (b and not a)
    return _node("NOT", (unwanted, wanted), negated=True)


def _parts_of(sign: str, node: _Node) -> tuple[_Node, ...]:
    return node.parts if node.sign == sign else (node,)


def _node(sign: str, parts: tuple[_Node, ...], *, negated: bool) -> _Node:
    depth = 1 + max(part.depth for part in parts)
    if depth > _MAX_NESTING:
        raise QueryTooDeepError("The text query is nested too deeply; use fewer | and brackets.")
    return _Node(sign=sign, parts=parts, negated=negated, depth=depth)


def _written(node: _Node) -> str:
    if not node.sign:
        return node.text
    return f" {node.sign} ".join(f"({_written(part)})" for part in node.parts)


class _Parser:
    """One pass over the text; brackets are read by a parser of their own."""

    def __init__(self, text: str, columns: Sequence[str], depth: int = 0) -> None:
        self._text = text
        self._columns = columns
        self._depth = depth
        self._place = 0
        self._tree: _Node | None = None
        self._sign: _Sign | None = None
        self._negated = False

    def parse(self) -> _Node | None:
        while self._place < len(self._text):
            self._step(self._text[self._place])
        return self._tree

    def _step(self, sign: str) -> None:
        if sign == "-":
            self._negated = not self._negated  # two of them take each other away
            self._place += 1
            return
        if sign == "(":
            self._brackets()
        elif sign == '"':
            self._phrase()
        elif sign in "+|":
            if self._sign is None and self._tree is not None:
                self._sign = "AND" if sign == "+" else "OR"
            self._place += 1
        elif sign == ")" or sign in _SPACE:
            self._place += 1
        else:
            self._word()
        self._negated = False  # a space after `-` ends it

    def _add(self, found: _Node | None) -> None:
        if found is None:
            return
        if self._negated:
            found = _Node(found.text, found.sign, found.parts, not found.negated, found.depth)
        if self._tree is None:
            self._tree = found
        else:
            self._tree = _joined(self._sign or "AND", self._tree, found)
        self._sign = None

    def _brackets(self) -> None:
        start = self._place + 1
        end = _closing(self._text, start)
        self._place = start if end is None else end + 1
        if end == start:
            self._sign = None
        elif end is not None:
            if self._depth >= _MAX_NESTING:
                raise QueryTooDeepError("The text query opens too many brackets.")
            inner = _Parser(self._text[start:end], self._columns, self._depth + 1)
            self._add(inner.parse())

    def _phrase(self) -> None:
        start = self._place + 1
        phrase, end = _until(self._text, start, '"')
        if end == len(self._text):
            self._place = start  # never closed: the sign means nothing
            return
        slop = _SLOP.match(self._text, end + 1)
        self._place = slop.end() if slop else end + 1
        if end == start:
            self._sign = None
            return
        self._add(_phrase_leaf(words(phrase), int(slop[1] or 0) if slop else 0, self._columns))

    def _word(self) -> None:
        start = self._place
        word, self._place = _until(self._text, start, _ENDS_A_WORD)
        is_prefix = len(word) > 1 and word.endswith("*") and self._text[self._place - 2] != "\\"
        fuzzy = word.find("~", 1)
        if fuzzy > 0:
            word, is_prefix = word[:fuzzy], False
        self._add(_words_leaf(words(word), self._columns, is_prefix=is_prefix))


def _until(text: str, start: int, ends: str) -> tuple[str, int]:
    """Return the text up to the first unescaped sign of `ends`, and the place of that sign."""
    taken, place = [], start
    while place < len(text) and text[place] not in ends:
        if text[place] == "\\":
            place += 1
        taken.append(text[place : place + 1])
        place += 1
    return "".join(taken), min(place, len(text))


def _closing(text: str, start: int) -> int | None:
    """Return the place of the bracket that closes the one before `start`."""
    depth, place = 1, start
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] in "()":
            depth += 1 if text[place] == "(" else -1
            if depth == 0:
                return place
        place += 1
    return None


def _words_leaf(found: Sequence[str], columns: Sequence[str], *, is_prefix: bool) -> _Node | None:
    """Return a leaf that wants these words in one and the same column."""
    if not found:
        return None
    terms = [f'"{word}"' for word in found]
    if is_prefix:
        terms[-1] += " *"
    if len(terms) == 1:
        return _Node(_within(columns, terms[0]))
    every = " AND ".join(terms)
    return _Node(" OR ".join(f"({_within([column], f'({every})')})" for column in columns))


def _phrase_leaf(found: Sequence[str], slop: int, columns: Sequence[str]) -> _Node | None:
    if not found:
        return None
    if slop and len(found) > 1:
        near = " ".join(f'"{word}"' for word in found)
        return _Node(_within(columns, f"NEAR({near}, {slop})"))
    return _Node(_within(columns, f'"{" ".join(found)}"'))


def _within(columns: Sequence[str], expression: str) -> str:
    return f"{{{' '.join(columns)}}} : {expression}"
