"""Queries against a plain reading of the same rules, on real full-text tables."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.server_env.workbench_argilla.text_query import (
    EVERYTHING,
    NOTHING,
    QueryTooDeepError,
    compile_query,
)

COLUMNS = ["one", "two"]
TEXTS = [
    ("a b c", ""),
    ("a", "b"),
    ("b c", "a"),
    ("c d", "c"),
    ("", ""),
    ("d a x b", "abc"),
]
EVERY = set(range(len(TEXTS)))


def _table() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(one, two, tokenize=ascii)")
    db.executemany("INSERT INTO t (rowid, one, two) VALUES (?, ?, ?)", _rows())
    return db


def _rows() -> list[tuple[int, str, str]]:
    return [(number, *texts) for number, texts in enumerate(TEXTS)]


def _found(query: str, columns: list[str] = COLUMNS) -> set[int]:
    compiled = compile_query(query, columns)
    if compiled in (EVERYTHING, NOTHING):
        return EVERY if compiled == EVERYTHING else set()
    db = _table()
    matching = db.execute("SELECT rowid FROM t WHERE t MATCH ?", [compiled.expression])
    rows = {row for (row,) in matching}
    db.close()
    return EVERY - rows if compiled.negated else rows


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a", {0, 1, 2, 5}),
        ("a b", {0, 1, 2, 5}),  # each word in whatever field
        ("a+c", {0, 2}),
        ("a | d", {0, 1, 2, 3, 5}),
        ("-a", {3, 4}),
        ("c -a", {3}),
        ("-a -d", {4}),
        ("-a | c", {0, 2, 3, 4}),
        ("--a", {0, 1, 2, 5}),
        ("- a", {0, 1, 2, 5}),  # a space ends the sign
        ("a | b c", {0, 2}),  # from left to right: (a | b) c
        ("d | a c", {0, 2, 3}),
        ("d | (a c)", {0, 2, 3, 5}),
        ("-(a | d)", {4}),
        ('"b c"', {0, 2}),
        ('"a b"', {0}),
        ('"a b"~1', {0, 5}),
        ('-"b c" a', {1, 5}),
        ("ab*", {5}),
        (r"ab\*", set()),
        (r"\-a", {0, 1, 2, 5}),
        ("*", EVERY),
        ("", set()),
        ("- | ) (", set()),
        ("...", set()),
        ('"a', {0, 1, 2, 5}),  # never closed: the sign means nothing
        ("(a", {0, 1, 2, 5}),
        ("a ) c", {0, 2}),
        ("c-d", {3}),  # both words in one field
        ("a-b", {0, 5}),
        ("a~2 c", {0, 2}),
        ("NOT NEAR", set()),
        ("a'; DROP TABLE t", set()),
    ],
)
def test_queries_follow_the_simple_syntax(query: str, expected: set[int]) -> None:
    assert _found(query) == expected


def test_one_field_can_be_searched_alone() -> None:
    assert _found("a", ["two"]) == {2}
    assert _found("a b", ["two"]) == set()
    assert _found("-a", ["two"]) == EVERY - {2}


def test_without_a_field_of_text_nothing_is_found() -> None:
    assert compile_query("a", []) == NOTHING


@given(st.text(alphabet="ab c\"|+-()*~\\'", max_size=60) | st.text())
def test_no_input_is_an_error(query: str) -> None:
    _found(query)


_WORDS = st.sampled_from(["a", "b", "c", "d", "-a", "-b", "-c", "-d"])


@given(_WORDS, st.lists(st.tuples(st.sampled_from(["", "|", "+"]), _WORDS), max_size=6))
def test_signs_are_read_from_left_to_right(first: str, others: list[tuple[str, str]]) -> None:
    expected = _plain(first)
    for sign, word in others:
        expected = expected | _plain(word) if sign == "|" else expected & _plain(word)
    query = " ".join([first, *(f"{sign} {word}" for sign, word in others)])
    assert _found(query) == expected


def _plain(word: str) -> set[int]:
    has = {n for n, texts in enumerate(TEXTS) if word.lstrip("-") in " ".join(texts).split()}
    return EVERY - has if word.startswith("-") else has


def test_long_queries_are_read_and_deep_ones_refused() -> None:
    assert _found(" ".join(["a"] * 500)) == {0, 1, 2, 5}
    assert _found("(" * 5 + "a" + ")" * 5) == {0, 1, 2, 5}
    with pytest.raises(QueryTooDeepError):
        compile_query("(" * 200 + "a" + ")" * 200, COLUMNS)
    with pytest.raises(QueryTooDeepError):
        compile_query("a | b c " * 100, COLUMNS)
    assert 0 in _found("a b | c d | " * 5 + "a")
