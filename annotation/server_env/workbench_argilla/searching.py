"""Answer a query from a dataset's tables."""

# ruff: noqa: S608 - only names of ours are put into statements; every value is bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .conditions import Sql, condition, order
from .documents import Found, Query
from .layout import Layout
from .rows import LOTS, shuffle_of
from .text_query import EVERYTHING, NOTHING, TextCondition, compile_query

_ALL = Sql("1")
_NONE = Sql("0")


def search(db: sqlite3.Connection, layout: Layout, query: Query) -> Found:
    """Return one page of what a query asks for, and the number of all."""
    text = _text(layout, query)
    documents, where = f"{layout.documents_table} d", _where(layout, query, text)
    total = _count(db, layout, query, text)
    is_ranked = bool(text.expression) and not text.negated and not query.order
    if is_ranked:
        # the rows of `where` once more, but by way of the full-text table, which alone can rank
        documents += f" JOIN {layout.texts_table} ON {layout.texts_table}.rowid = d.row"
        where = _and(_match(layout, text), _filters(layout, query))
    score = _score(layout, query, is_ranked=is_ranked)
    sort = _sort(layout, query)
    rows = db.execute(
        f"SELECT d.id, {score.text} AS score FROM {documents} WHERE {where.text} "
        f"ORDER BY {sort.text} LIMIT ? OFFSET ?",
        (*score.values, *where.values, *sort.values, query.limit, query.offset),
    )
    return Found([(name, score) for name, score in rows], total)


def matching(db: sqlite3.Connection, layout: Layout, query: Query) -> NDArray[np.int64] | None:
    """Return the rows that a query asks for, in their order; None if it asks for all."""
    text = _text(layout, query)
    if text == EVERYTHING and not query.conditions:
        return None
    where = _where(layout, query, text)
    statement = f"SELECT d.row FROM {layout.documents_table} d WHERE {where.text} ORDER BY d.row"
    rows = db.execute(statement, where.values)
    return np.fromiter((row for (row,) in rows), dtype=np.int64)


def _count(db: sqlite3.Connection, layout: Layout, query: Query, text: TextCondition) -> int:
    if text.expression and not text.negated and not query.conditions:
        table, where = layout.texts_table, _match(layout, text)  # no look at the documents needed
    else:
        table, where = f"{layout.documents_table} d", _where(layout, query, text)
    found = db.execute(f"SELECT count(*) FROM {table} WHERE {where.text}", where.values)
    return int(found.fetchone()[0])


def _text(layout: Layout, query: Query) -> TextCondition:
    if query.text is None:
        return EVERYTHING
    return compile_query(query.text, layout.text_columns(query.field))


def _where(layout: Layout, query: Query, text: TextCondition) -> Sql:
    return _and(_matches(layout, text), _filters(layout, query))


def _matches(layout: Layout, text: TextCondition) -> Sql:
    if text in (EVERYTHING, NOTHING):
        return _ALL if text == EVERYTHING else _NONE
    match = _match(layout, text)
    found = f"(SELECT rowid FROM {layout.texts_table} WHERE {match.text})"
    return Sql(f"d.row {'NOT IN' if text.negated else 'IN'} {found}", *match.values)


def _match(layout: Layout, text: TextCondition) -> Sql:
    return Sql(f"{layout.texts_table} MATCH ?", text.expression)


def _filters(layout: Layout, query: Query) -> Sql:
    return _and(*(condition(item, layout) for item in query.conditions))


def _score(layout: Layout, query: Query, *, is_ranked: bool) -> Sql:
    """Return how well a document fits; nothing where an order is asked for, as in Elasticsearch.

    A user's lot is multiplied in, so that people who search the same do not all begin with the
    same record.
    """
    if query.order:
        return Sql("NULL")
    rank = f"-{layout.texts_table}.rank" if is_ranked else "1.0"
    if not query.shuffled_for:
        return Sql(rank)
    return Sql(f"{rank} * ((d.lot * ? + ?) % {LOTS}) / {LOTS}.0", *shuffle_of(query.shuffled_for))


def _sort(layout: Layout, query: Query) -> Sql:
    terms = [term for item in query.order if (term := order(item, layout)) is not None]
    if not query.order and (query.text is not None or query.shuffled_for):
        terms = [Sql("score DESC")]
    terms.append(Sql("d.inserted_at, d.row"))
    return _joined(", ", terms)


def _and(*parts: Sql) -> Sql:
    return _joined(" AND ", parts or [_ALL])


def _joined(sign: str, parts: Sequence[Sql]) -> Sql:
    values = [value for part in parts for value in part.values]
    return Sql(sign.join(part.text for part in parts), *values)
