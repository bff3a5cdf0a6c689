"""A search index in one SQLite file: JSON for what is filtered, FTS5 for what is searched.

The index is a copy: Argilla's database is the truth, and the launcher builds the index anew when
the two disagree. Values come in and go out as plain Python values.
"""

# ruff: noqa: S608 - only names of ours are put into statements; every value is bound

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from .conditions import Sql, condition, order
from .documents import Answer, Document, Found, Proposal, Query
from .text_query import compile_query

_FORMAT = 1
_BUSY_SECONDS = 30.0
_SCHEMA = f"""
CREATE TABLE format_{_FORMAT} (note TEXT);
CREATE TABLE datasets (id TEXT PRIMARY KEY, texts TEXT NOT NULL, metadata TEXT NOT NULL);
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL, external_id TEXT,
    status TEXT NOT NULL, inserted_at REAL NOT NULL, updated_at REAL NOT NULL,
    metadata TEXT NOT NULL);
CREATE INDEX documents_in_order ON documents (dataset, inserted_at);
CREATE TABLE responses (
    id TEXT PRIMARY KEY, document INTEGER NOT NULL, user TEXT NOT NULL, status TEXT NOT NULL,
    updated_at REAL NOT NULL, answers TEXT NOT NULL);
CREATE INDEX responses_of_document ON responses (document, user, status);
CREATE TABLE suggestions (
    document INTEGER NOT NULL, question TEXT NOT NULL, value TEXT NOT NULL, score TEXT NOT NULL,
    agent TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (document, question)) WITHOUT ROWID;
"""
_DIGITS = re.compile(r"[0-9a-f-]+")


class MissingIndexError(LookupError):
    """The dataset has no index."""


class Index:
    """The index of all datasets. Thread-safe: one connection, one at a time."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._db = _open(file)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def create(self, dataset: str, *, texts: Sequence[str], metadata: Sequence[str]) -> None:
        """Make an empty index for a dataset with these text fields and metadata properties."""
        with self._lock, self._db:
            self._drop(dataset)
            columns = ", ".join(f'"{_column(n)}"' for n in range(max(1, len(texts))))
            self._db.execute(
                f"CREATE VIRTUAL TABLE {_table(dataset)} USING fts5({columns}, "
                "tokenize='unicode61 remove_diacritics 2')"
            )
            self._db.execute(
                "INSERT INTO datasets VALUES (?, ?, ?)",
                (dataset, json.dumps(list(texts)), json.dumps(list(metadata))),
            )

    def delete(self, dataset: str) -> None:
        """Forget a dataset."""
        with self._lock, self._db:
            self._drop(dataset)

    def add_metadata(self, dataset: str, name: str) -> None:
        """Index a metadata property from now on."""
        with self._lock, self._db:
            _, metadata = self._fields(dataset)
            if name not in metadata:
                self._db.execute(
                    "UPDATE datasets SET metadata = ? WHERE id = ?",
                    (json.dumps([*metadata, name]), dataset),
                )

    def put(self, dataset: str, documents: Iterable[Document]) -> None:
        """Add or replace documents, with their answers and proposals."""
        with self._lock, self._db:
            texts, metadata = self._fields(dataset)
            for document in documents:
                self._put(dataset, document, texts, metadata)

    def update(self, document: str, **changes: object) -> bool:
        """Change columns of a document; return whether it is known."""
        names = [name for name in changes if name in ("status", "external_id", "updated_at")]
        with self._lock, self._db:
            row = self._row(document)
            if row is None:
                return False
            for name in names:
                self._db.execute(
                    f"UPDATE documents SET {name} = ? WHERE row = ?", (changes[name], row)
                )
            return True

    def remove(self, dataset: str, documents: Iterable[str]) -> None:
        """Forget documents."""
        with self._lock, self._db:
            for document in documents:
                row = self._row(document)
                if row is not None:
                    self._remove_row(dataset, row)

    def put_answer(self, document: str, answer: Answer) -> bool:
        """Add or replace an answer; return whether its document is known."""
        with self._lock, self._db:
            row = self._row(document)
            if row is not None:
                self._put_answer(row, answer)
            return row is not None

    def remove_answer(self, answer: str) -> None:
        """Forget an answer."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM responses WHERE id = ?", (answer,))

    def put_proposal(self, document: str, proposal: Proposal) -> bool:
        """Add or replace a proposal; return whether its document is known."""
        with self._lock, self._db:
            row = self._row(document)
            if row is not None:
                self._put_proposal(row, proposal)
            return row is not None

    def remove_proposal(self, document: str, question: str) -> None:
        """Forget a proposal."""
        with self._lock, self._db:
            self._db.execute(
                "DELETE FROM suggestions WHERE question = ? AND document = "
                "(SELECT row FROM documents WHERE id = ?)",
                (question, document),
            )

    def statuses(self, dataset: str) -> dict[str, int]:
        """Return the number of documents by status."""
        return self._counts(
            "SELECT status, count(*) FROM documents WHERE dataset = ? GROUP BY status", dataset
        )

    def answer_statuses(self, dataset: str, user: str) -> dict[str, int]:
        """Return the number of a user's answers by status."""
        return self._counts(
            "SELECT r.status, count(*) FROM responses r JOIN documents d ON d.row = r.document "
            "WHERE d.dataset = ? AND r.user = ? GROUP BY r.status",
            dataset,
            user,
        )

    def terms(self, dataset: str, name: str) -> dict[str, int]:
        """Return how often each value of a metadata property comes, the most frequent first."""
        return self._counts(
            "SELECT CAST(v.value AS TEXT) AS term, count(*) AS n "
            "FROM documents d, json_each(d.metadata) v WHERE d.dataset = ? AND v.key = ? "
            "GROUP BY term ORDER BY n DESC, term",
            dataset,
            name,
        )

    def span(self, dataset: str, name: str) -> tuple[Any, Any]:
        """Return the least and the greatest value of a metadata property."""
        with self._lock:
            least, greatest = self._db.execute(
                "SELECT min(v.value), max(v.value) FROM documents d, json_each(d.metadata) v "
                "WHERE d.dataset = ? AND v.key = ?",
                (dataset, name),
            ).fetchone()
        return least, greatest

    def digest(self) -> dict[str, tuple[int, int, float]]:
        """Return per dataset: documents, answers, and when the newest answer came."""
        with self._lock:
            rows = self._db.execute(
                "SELECT s.id, count(DISTINCT d.row), count(r.id), coalesce(max(r.updated_at), 0) "
                "FROM datasets s LEFT JOIN documents d ON d.dataset = s.id "
                "LEFT JOIN responses r ON r.document = d.row GROUP BY s.id"
            ).fetchall()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def search(self, dataset: str, query: Query) -> Found:
        """Return the documents that a query asks for, one page of them."""
        with self._lock:
            where, ranking = self._where(dataset, query)
            total = self._db.execute(
                f"SELECT count(*) FROM documents d WHERE {where.text}", where.values
            ).fetchone()[0]
            score, join = "NULL", Sql("")
            if ranking:
                table = _table(dataset)
                score = "-t.rank"
                join = Sql(
                    f"LEFT JOIN (SELECT rowid, rank FROM {table} WHERE {table} MATCH ?) t "
                    "ON t.rowid = d.row",
                    ranking,
                )
            sort = _sort(query, ranked=bool(ranking))
            rows = self._db.execute(
                f"SELECT d.id, {score} FROM documents d {join.text} WHERE {where.text} "
                f"ORDER BY {sort.text} LIMIT ? OFFSET ?",
                (*join.values, *where.values, *sort.values, query.limit, query.offset),
            ).fetchall()
        return Found([(row[0], row[1]) for row in rows], total)

    def _where(self, dataset: str, query: Query) -> tuple[Sql, str]:
        texts, _ = self._fields(dataset)
        parts = [Sql("d.dataset = ?", dataset), *map(condition, query.conditions)]
        ranking = ""
        if query.text:
            column = ""
            if query.field:
                if query.field not in texts:
                    raise MissingIndexError(f"Field {query.field} of {dataset} holds no text.")
                column = _column(texts.index(query.field))
            text = compile_query(query.text, table=_table(dataset), column=column)
            ranking = text.ranking
            if text.where:
                parts.append(Sql(text.where, *text.parameters))
        values = [value for part in parts for value in part.values]
        return Sql(" AND ".join(part.text for part in parts), *values), ranking

    def _fields(self, dataset: str) -> tuple[list[str], list[str]]:
        row = self._db.execute(
            "SELECT texts, metadata FROM datasets WHERE id = ?", (dataset,)
        ).fetchone()
        if row is None:
            raise MissingIndexError(f"Dataset {dataset} has no search index.")
        return json.loads(row[0]), json.loads(row[1])

    def _row(self, document: str) -> int | None:
        row = self._db.execute("SELECT row FROM documents WHERE id = ?", (document,)).fetchone()
        return int(row[0]) if row else None

    def _put(
        self, dataset: str, document: Document, texts: Sequence[str], metadata: Sequence[str]
    ) -> None:
        row = self._row(document.id)
        if row is not None:
            self._remove_row(dataset, row)
        kept = {name: document.metadata[name] for name in metadata if name in document.metadata}
        row = self._db.execute(
            "INSERT INTO documents (row, id, dataset, external_id, status, inserted_at, "
            "updated_at, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row,
                document.id,
                dataset,
                document.external_id,
                document.status,
                document.inserted_at,
                document.updated_at,
                json.dumps(kept),
            ),
        ).lastrowid
        columns = [document.texts.get(name, "") for name in texts] or [""]
        marks = ", ".join("?" * (len(columns) + 1))
        names = ", ".join(["rowid", *(f'"{_column(n)}"' for n in range(len(columns)))])
        self._db.execute(
            f"INSERT INTO {_table(dataset)} ({names}) VALUES ({marks})", (row, *columns)
        )
        for answer in document.answers:
            self._put_answer(int(row or 0), answer)
        for proposal in document.proposals:
            self._put_proposal(int(row or 0), proposal)

    def _put_answer(self, row: int, answer: Answer) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?)",
            (
                answer.id,
                row,
                answer.user,
                answer.status,
                answer.updated_at,
                json.dumps(dict(answer.values)),
            ),
        )

    def _put_proposal(self, row: int, proposal: Proposal) -> None:
        values = (proposal.value, proposal.score, proposal.agent, proposal.type)
        self._db.execute(
            "INSERT OR REPLACE INTO suggestions VALUES (?, ?, ?, ?, ?, ?)",
            (row, proposal.question, *map(_as_list, values)),
        )

    def _remove_row(self, dataset: str, row: int) -> None:
        self._db.execute("DELETE FROM responses WHERE document = ?", (row,))
        self._db.execute("DELETE FROM suggestions WHERE document = ?", (row,))
        self._db.execute(f"DELETE FROM {_table(dataset)} WHERE rowid = ?", (row,))
        self._db.execute("DELETE FROM documents WHERE row = ?", (row,))

    def _drop(self, dataset: str) -> None:
        mine = "(SELECT row FROM documents WHERE dataset = ?)"
        self._db.execute(f"DELETE FROM responses WHERE document IN {mine}", (dataset,))
        self._db.execute(f"DELETE FROM suggestions WHERE document IN {mine}", (dataset,))
        self._db.execute("DELETE FROM documents WHERE dataset = ?", (dataset,))
        self._db.execute("DELETE FROM datasets WHERE id = ?", (dataset,))
        self._db.execute(f"DROP TABLE IF EXISTS {_table(dataset)}")

    def _counts(self, statement: str, *values: str) -> dict[str, int]:
        with self._lock:
            return dict(self._db.execute(statement, values).fetchall())


def _open(file: Path) -> sqlite3.Connection:
    """Open the index; one that is damaged or of another format is begun anew."""
    try:
        return _connect(file)
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        return _connect(file)


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        db.create_function("shuffled", 2, _shuffled, deterministic=True)
        db.execute("PRAGMA synchronous = OFF")  # a copy: rebuilt if the machine loses power
        db.execute("PRAGMA journal_mode = PERSIST")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_FORMAT}; COMMIT;")
        # a file of another format has no such table; then it is begun anew
        db.execute(f"SELECT count(*) FROM format_{_FORMAT}").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _sort(query: Query, *, ranked: bool) -> Sql:
    terms = [order(item) for item in query.order]
    if not terms and ranked:
        terms = [Sql("t.rank ASC NULLS LAST")]
    elif not terms and query.shuffled_for:
        terms = [Sql("shuffled(d.id, ?)", query.shuffled_for)]
    terms.append(Sql("d.inserted_at, d.row"))
    values = [value for term in terms for value in term.values]
    return Sql(", ".join(term.text for term in terms), *values)


def _shuffled(document: str, user: str) -> bytes:
    """Return a key that orders documents differently for each user, always the same way."""
    return blake2b(f"{user} {document}".encode(), digest_size=8).digest()


def _table(dataset: str) -> str:
    if not _DIGITS.fullmatch(dataset):
        raise MissingIndexError(f"{dataset!r} is not the id of a dataset.")
    return f'"texts_{dataset}"'


def _column(number: int) -> str:
    return f"field_{number}"


def _as_list(value: object) -> str:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return json.dumps(values)
