"""Read-only SQL on what was published and decided, for those who want it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from workbench.errors import DataError, NotFoundError
from workbench.home import Home
from workbench.store import open_store, resolve_version

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = (
    "examples", "pairs", "decisions", "version_rows", "versions", "sources", "quarantine",
)  # fmt: skip
_MEMORY_LIMIT = "2GB"


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a statement gave.

    Attributes:
        columns: Names.
        rows: The first rows.
        n_rows: How many there were in all.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    n_rows: int


def query_data(
    home: Home,
    statement: str,
    *,
    version: str = "latest:examples",
    pairs: str = "latest:pairs",
    limit: int = 100,
    timeout_seconds: float = 60.0,
) -> QueryResult:
    """Run one SELECT on copies of the store's tables.

    The statement runs in a database of its own, in memory: it can neither change the store, nor
    read a file, nor see an original, and the store is free while it runs.

    Args:
        home: The project.
        statement: One SELECT; `TABLES` names what it can read.
        version: The version of examples.
        pairs: The version of pairs, if there is any.
        limit: Most rows returned.
        timeout_seconds: After this the statement is stopped.

    Raises:
        DataError: The statement is no SELECT, is wrong, or took too long.
        NotFoundError: There is no such version.
    """
    _check(statement)
    with open_store(home) as store:
        tables = store.readable_tables()
    connection = duckdb.connect(config={"memory_limit": _MEMORY_LIMIT})
    try:
        for name, table in tables.items():
            connection.register(name, table)
        _register_rows(connection, home, "examples", version)
        _register_rows(connection, home, "pairs", pairs)
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return _run(connection, statement, limit=limit, timeout_seconds=timeout_seconds)
    finally:
        connection.close()


def _check(statement: str) -> None:
    try:
        found = duckdb.extract_statements(statement)
    except duckdb.Error as exc:
        raise DataError(
            f"The statement cannot be read: {_first_line(exc)}", _TABLES_IN_WORDS
        ) from exc
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise DataError("Only one SELECT can be run: versions never change.", _TABLES_IN_WORDS)


_TABLES_IN_WORDS = (
    f"The tables are {', '.join(TABLES)}; `workbench data sql --help` has an example."
)


def _register_rows(
    connection: duckdb.DuckDBPyConnection, home: Home, name: str, reference: str
) -> None:
    import pyarrow.parquet as pq

    try:
        version = resolve_version(home, reference)
    except NotFoundError:
        if reference != f"latest:{name}":
            raise
        return  # a project without pairs has no such table, and DuckDB says so by name
    table: pa.Table = pq.read_table(version.rows_file)
    connection.register(name, table)


def _run(
    connection: duckdb.DuckDBPyConnection, statement: str, *, limit: int, timeout_seconds: float
) -> QueryResult:
    timer = threading.Timer(timeout_seconds, connection.interrupt)
    timer.start()
    try:
        cursor = connection.execute(statement)
        columns = tuple(column[0] for column in cursor.description or ())
        rows = cursor.fetchmany(limit)
        n_rows = len(rows) + _count_rest(cursor)
    except duckdb.InterruptException as exc:
        raise DataError(
            f"The statement was stopped after {timeout_seconds:g} s.",
            "Ask for less, or give it longer with --timeout.",
        ) from exc
    except duckdb.Error as exc:
        raise DataError(
            f"DuckDB refused the statement: {_first_line(exc)}", _TABLES_IN_WORDS
        ) from exc
    finally:
        timer.cancel()
    return QueryResult(columns, tuple(tuple(row) for row in rows), n_rows)


def _count_rest(cursor: duckdb.DuckDBPyConnection) -> int:
    n_rows = 0
    while batch := cursor.fetchmany(10_000):
        n_rows += len(batch)
    return n_rows


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]
