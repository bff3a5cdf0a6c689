"""Text queries in the words of Elasticsearch's simple query syntax, turned into SQL on FTS5.

`a b` both · `a | b` one of them · `-a` without · `"a b"` a phrase · `a*` a beginning · `( )`.
Like there, no input is an error: what makes no sense is read as text.
"""

# ruff: noqa: S608 - only names of ours are put into statements; every value is bound

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?P<phrase>[^"]*)"(?P<prefix>\*?)|(?P<sign>[()|+-])|(?P<word>[^\s"()|]+)')
_WORD = re.compile(r"\w")
_MAX_LEAVES = 64
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class TextCondition:
    """A text query as SQL.

    Attributes:
        where: Condition on `d.row`; empty if the query holds no word.
        parameters: Its values.
        ranking: FTS5 expression of the wanted words, for the score; empty if there is none.
    """

    where: str
    parameters: tuple[str, ...]
    ranking: str


def compile_query(text: str, *, table: str, column: str = "") -> TextCondition:
    """Turn a query into a condition on the rows of a full-text table.

    Args:
        text: What the user typed.
        table: Full-text table, already quoted.
        column: Column of it to search; all columns if empty.
    """
    parser = _Parser(text, table, column)
    where = parser.any_of(0)
    return TextCondition(where, tuple(parser.parameters), " OR ".join(parser.wanted))


class _Parser:
    """Recursive descent: any_of := all_of ('|' all_of)*; all_of := (['-' | '+'] atom)*."""

    def __init__(self, text: str, table: str, column: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._table = table
        self._column = column
        self.parameters: list[str] = []
        self.wanted: list[str] = []

    def any_of(self, depth: int) -> str:
        parts = [self._all_of(depth)]
        while self._peek() == "|":
            self._next += 1
            parts.append(self._all_of(depth))
        return _join(" OR ", parts)

    def _all_of(self, depth: int) -> str:
        parts = []
        while (part := self._peek()) is not None and part != "|":
            if part == ")":
                if depth:
                    break
                self._next += 1
                continue
            negated = False
            while self._peek() in ("-", "+"):
                negated = negated != (self._peek() == "-")
                self._next += 1
            parts.append(self._atom(depth, negated=negated))
        return _join(" AND ", parts)

    def _atom(self, depth: int, *, negated: bool) -> str:
        part = self._peek()
        if part is None or part in ("|", ")"):
            return ""
        self._next += 1
        if part == "(":
            if depth >= _MAX_DEPTH:
                return ""
            before = len(self.wanted)
            inner = self.any_of(depth + 1)
            if self._peek() == ")":
                self._next += 1
            if negated:
                del self.wanted[before:]
        else:
            inner = self._leaf(part, negated=negated)
        return f"NOT ({inner})" if negated and inner else inner

    def _leaf(self, expression: str, *, negated: bool) -> str:
        if len(self.parameters) >= _MAX_LEAVES:
            return ""
        if self._column:
            expression = f'"{self._column}" : {expression}'
        self.parameters.append(expression)
        if not negated:
            self.wanted.append(f"({expression})")
        return f"d.row IN (SELECT rowid FROM {self._table} WHERE {self._table} MATCH ?)"

    def _peek(self) -> str | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None


def _tokens(text: str) -> Sequence[str]:
    """Return the signs as they are and each word or phrase as an FTS5 string."""
    found = []
    for match in _TOKEN.finditer(text):
        sign, word, phrase = match["sign"], match["word"], match["phrase"]
        if sign:
            # a sign inside a word (`well-known`) belongs to the word, see `_TOKEN`
            found.append(sign)
            continue
        prefix = bool(match["prefix"]) if phrase is not None else word.endswith("*")
        content = phrase if phrase is not None else word.rstrip("*")
        if _WORD.search(content):
            found.append(f'"{content}"' + ("*" if prefix else ""))
    return found


def _join(operator: str, parts: Sequence[str]) -> str:
    filled = [part for part in parts if part]
    return f"({operator.join(filled)})" if len(filled) > 1 else "".join(filled)
