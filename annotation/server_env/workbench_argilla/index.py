"""A search index in one SQLite file: what goes in, and what is counted.

The index is a copy: Argilla's database is the truth, and the launcher mends the index where the
two differ. Values come in and go out as plain Python values.
"""

# ruff: noqa: S608 - only names of ours are put into statements; every value is bound

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .documents import Answer, Document, Found, Neighbours, Proposal, Query, Vector
from .index_file import IndexFile
from .layout import Layout, MissingIndexError, creation, read_layout
from .neighbours import VectorCache, nearest
from .rows import answer_row, column_value, document_row, proposal_values, text_row
from .searching import matching, search

_Row = Sequence[object]
_CHANGED_ALONE = {"status", "external_id", "updated_at"}


class Index:
    """The index of all datasets, in a file that `make_ready` has seen. Thread-safe."""

    def __init__(self, file: Path) -> None:
        self._file = IndexFile(file)
        self._vectors = VectorCache()

    def close(self) -> None:
        self._file.close()

    def datasets(self) -> Sequence[str]:
        """Return the datasets that have an index."""
        with self._file.reading() as db:
            return [row[0] for row in db.execute("SELECT id FROM datasets ORDER BY id")]

    def layout(self, dataset: str) -> Layout:
        """Return how a dataset's index is laid out.

        Raises:
            MissingIndexError: It has none.
        """
        with self._file.reading() as db:
            return _layout(db, dataset)

    def create(self, layout: Layout) -> None:
        """Make an empty index for a dataset; one that is there is replaced."""
        with self._file.writing() as db:
            _drop(db, layout.dataset)
            for statement in creation(layout):
                db.execute(statement)
            db.execute(
                "INSERT INTO datasets (id, layout) VALUES (?, ?)",
                (layout.dataset, layout.to_json()),
            )

    def delete(self, dataset: str) -> None:
        """Forget a dataset."""
        with self._file.writing() as db:
            _drop(db, dataset)

    def add_metadata(self, dataset: str, name: str) -> None:
        """Give a metadata property a column; records that come from now on fill it."""
        with self._file.writing() as db:
            layout = _layout(db, dataset)
            if layout.property_column("metadata", name):
                return
            wider = layout.with_metadata(name)
            column = wider.property_column("metadata", name)
            db.execute(f"ALTER TABLE {layout.documents_table} ADD COLUMN {column}")
            db.execute("UPDATE datasets SET layout = ? WHERE id = ?", (wider.to_json(), dataset))

    def put(self, dataset: str, documents: Iterable[Document]) -> None:
        """Add or replace documents, with their answers, proposals and vectors."""
        layout = self.layout(dataset)
        # the words are found before the file is taken, so that searches need not wait for them
        prepared = [(d, document_row(d, layout), text_row(d, layout)) for d in documents]
        with self._file.writing() as db:
            if _layout(db, dataset) != layout:  # a property came meanwhile
                layout = _layout(db, dataset)
                prepared = [(d, document_row(d, layout), texts) for d, _, texts in prepared]
            rows = [_put_document(db, layout, columns) for _, columns, _ in prepared]
            changed = [
                _put_parts(db, layout, row, document)
                for row, (document, _, _) in zip(rows, prepared, strict=True)
            ]
            _note_vectors(db, dataset, changed=any(changed))
            _put_texts(
                db, layout, dict(zip(rows, (texts for _, _, texts in prepared), strict=True))
            )

    def update(self, dataset: str, document: str, changes: Mapping[str, object]) -> bool:
        """Change columns of a document; return whether it is known.

        Raises:
            ValueError: A change names another column than those that change alone.
        """
        if others := changes.keys() - _CHANGED_ALONE:
            raise ValueError(f"The index cannot change {', '.join(sorted(others))} alone.")
        with self._file.writing() as db:
            table = _layout(db, dataset).documents_table
            sets = ", ".join(f"{name} = ?" for name in changes)
            changed = db.execute(
                f"UPDATE {table} SET {sets} WHERE id = ?", (*changes.values(), document)
            )
            return changed.rowcount > 0

    def remove(self, dataset: str, documents: Iterable[str]) -> None:
        """Forget documents."""
        with self._file.writing() as db:
            layout = _layout(db, dataset)
            rows = [row for name in documents if (row := _row(db, layout, name)) is not None]
            had_vectors = [_remove(db, layout, row) for row in rows]
            _note_vectors(db, dataset, changed=any(had_vectors))

    def put_answer(self, dataset: str, document: str, answer: Answer) -> bool:
        """Add or replace an answer; return whether its document is known."""
        with self._file.writing() as db:
            layout = _layout(db, dataset)
            row = _row(db, layout, document)
            if row is not None:
                _put_answer(db, layout, row, answer)
            return row is not None

    def remove_answer(self, dataset: str, answer: str) -> None:
        """Forget an answer."""
        with self._file.writing() as db:
            table = _layout(db, dataset).responses_table
            db.execute(f"DELETE FROM {table} WHERE id = ?", (answer,))

    def put_proposal(self, dataset: str, document: str, proposal: Proposal) -> bool:
        """Add or replace a proposal; return whether its document is known."""
        return self._set_proposal(dataset, document, proposal_values(proposal))

    def remove_proposal(self, dataset: str, document: str, question: str) -> None:
        """Forget a proposal."""
        empty = dict.fromkeys(proposal_values(Proposal(question, None)))
        self._set_proposal(dataset, document, empty)

    def statuses(self, dataset: str) -> dict[str, int]:
        """Return the number of documents by status."""
        with self._file.reading() as db:
            table = _layout(db, dataset).documents_table
            return dict(db.execute(f"SELECT status, count(*) FROM {table} GROUP BY status"))

    def answer_statuses(self, dataset: str, user: str) -> dict[str, int]:
        """Return the number of a user's answers by status."""
        with self._file.reading() as db:
            table = _layout(db, dataset).responses_table
            statement = f"SELECT status, count(*) FROM {table} WHERE user = ? GROUP BY status"
            return dict(db.execute(statement, (user,)))

    def terms(self, dataset: str, name: str) -> dict[str, int]:
        """Return how often each value of a metadata property comes, the most frequent first."""
        with self._file.reading() as db:
            values = _values(_layout(db, dataset), name)
            return dict(
                db.execute(
                    f"SELECT CAST(value AS TEXT) AS term, count(*) AS n FROM ({values}) "
                    "WHERE value IS NOT NULL GROUP BY term ORDER BY n DESC, term"
                )
            )

    def extremes(self, dataset: str, name: str) -> tuple[float | None, float | None]:
        """Return the least and the greatest number of a metadata property; None without any."""
        with self._file.reading() as db:
            values = _values(_layout(db, dataset), name)
            least, greatest = db.execute(
                f"SELECT min(value), max(value) FROM ({values}) "
                "WHERE typeof(value) IN ('integer', 'real')"
            ).fetchone()
        return least, greatest

    def search(self, dataset: str, query: Query) -> Found:
        """Return the documents that a query asks for, one page of them."""
        with self._file.reading() as db:
            return search(db, _layout(db, dataset), query)

    def neighbours(self, dataset: str, query: Query, asked: Neighbours) -> Found:
        """Return the documents nearest to a vector, among those that a query asks for."""
        with self._file.reading() as db:
            layout = _layout(db, dataset)
            vectors = self._vectors.get(db, layout, asked.setting)
            rows = matching(db, layout, query)
            near = nearest(vectors, asked, rows=rows, without=_row(db, layout, asked.without))
            names = [_name(db, layout, row) for row, _ in near.items]
        scores = [score for _, score in near.items]
        return Found(list(zip(names, scores, strict=True)), near.total)

    def stamps(self, dataset: str) -> Iterator[tuple[str, str, int]]:
        """Yield (document, what of it, when that changed) for all that the index holds."""
        with self._file.reading() as db:
            layout = _layout(db, dataset)
            documents = layout.documents_table
            yield from db.execute(f"SELECT id, '', updated_at FROM {documents}")
            of_document = f"JOIN {documents} d ON d.row = x.document"
            for table, key in ((layout.responses_table, "id"), (layout.vectors_table, "setting")):
                yield from db.execute(
                    f"SELECT d.id, x.{key}, x.updated_at FROM {table} x {of_document}"
                )
            for kind, question, part in layout.properties:
                if (kind, part) == ("suggestion", "updated_at"):
                    column = layout.property_column(kind, question, part)
                    yield from db.execute(
                        f"SELECT id, ?, {column} FROM {documents} WHERE {column} IS NOT NULL",
                        (question,),
                    )

    def _set_proposal(
        self, dataset: str, document: str, values: Mapping[tuple[str, str, str], object]
    ) -> bool:
        with self._file.writing() as db:
            layout = _layout(db, dataset)
            kept = {layout.property_column(*key): value for key, value in values.items()}
            kept.pop(None, None)  # the value of a question that cannot be filtered
            sets = ", ".join(f"{column} = ?" for column in kept)
            changed = db.execute(
                f"UPDATE {layout.documents_table} SET {sets} WHERE id = ?",
                (*map(column_value, kept.values()), document),
            )
            return changed.rowcount > 0


def _layout(db: sqlite3.Connection, dataset: str) -> Layout:
    row = db.execute("SELECT layout FROM datasets WHERE id = ?", (dataset,)).fetchone()
    if row is None:
        raise MissingIndexError(f"Dataset {dataset} has no search index.")
    return read_layout(dataset, row[0])


def _drop(db: sqlite3.Connection, dataset: str) -> None:
    db.execute("DELETE FROM datasets WHERE id = ?", (dataset,))
    for table in Layout(dataset, (), (), ()).tables:
        db.execute(f"DROP TABLE IF EXISTS {table}")


def _row(db: sqlite3.Connection, layout: Layout, document: str) -> int | None:
    statement = f"SELECT row FROM {layout.documents_table} WHERE id = ?"
    found = db.execute(statement, (document,)).fetchone()
    return int(found[0]) if found else None


def _name(db: sqlite3.Connection, layout: Layout, row: int) -> str:
    statement = f"SELECT id FROM {layout.documents_table} WHERE row = ?"
    return str(db.execute(statement, (row,)).fetchone()[0])


def _put_document(db: sqlite3.Connection, layout: Layout, columns: _Row) -> int:
    """Write what can be filtered; return the document's row, which it keeps."""
    values = (_row(db, layout, str(columns[0])), *columns)
    statement = f"INSERT OR REPLACE INTO {layout.documents_table} VALUES ({_marks(values)})"
    return int(db.execute(statement, values).lastrowid or 0)


def _put_texts(db: sqlite3.Connection, layout: Layout, texts: Mapping[int, _Row]) -> None:
    """Write what can be searched, after everything else.

    Other statements in between would have FTS5 write a segment for each document.
    """
    db.executemany(f"DELETE FROM {layout.texts_table} WHERE rowid = ?", [(row,) for row in texts])
    names = ("rowid", *(layout.text_columns() or ["nothing"]))
    db.executemany(
        f"INSERT INTO {layout.texts_table} ({', '.join(names)}) VALUES ({_marks(names)})",
        [(row, *columns) for row, columns in texts.items()],
    )


def _put_parts(db: sqlite3.Connection, layout: Layout, row: int, document: Document) -> bool:
    """Write a document's answers and vectors; return whether a vector changed."""
    db.execute(f"DELETE FROM {layout.responses_table} WHERE document = ?", (row,))
    for answer in document.answers:
        _put_answer(db, layout, row, answer)
    return _put_vectors(db, layout, row, document.vectors)


def _put_answer(db: sqlite3.Connection, layout: Layout, row: int, answer: Answer) -> None:
    values = answer_row(answer, row, layout)
    db.execute(f"INSERT OR REPLACE INTO {layout.responses_table} VALUES ({_marks(values)})", values)


def _put_vectors(
    db: sqlite3.Connection, layout: Layout, row: int, vectors: Mapping[str, Vector]
) -> bool:
    """Write a document's vectors; return whether any differs from what was there."""
    table = layout.vectors_table
    statement = f"SELECT setting, value FROM {table} WHERE document = ?"
    before = dict(db.execute(statement, (row,)))
    db.execute(f"DELETE FROM {table} WHERE document = ?", (row,))
    db.executemany(
        f"INSERT INTO {table} (document, setting, updated_at, value) VALUES (?, ?, ?, ?)",
        [(row, name, vector.updated_at, vector.value) for name, vector in vectors.items()],
    )
    return before != {name: vector.value for name, vector in vectors.items()}


def _remove(db: sqlite3.Connection, layout: Layout, row: int) -> bool:
    """Remove a document; return whether it had a vector."""
    db.execute(f"DELETE FROM {layout.responses_table} WHERE document = ?", (row,))
    db.execute(f"DELETE FROM {layout.texts_table} WHERE rowid = ?", (row,))
    db.execute(f"DELETE FROM {layout.documents_table} WHERE row = ?", (row,))
    gone = db.execute(f"DELETE FROM {layout.vectors_table} WHERE document = ?", (row,))
    return gone.rowcount > 0


def _note_vectors(db: sqlite3.Connection, dataset: str, *, changed: bool) -> None:
    """Count the change, so that every process reads the vectors anew."""
    if changed:
        db.execute(
            "UPDATE datasets SET vectors_changed = vectors_changed + 1 WHERE id = ?", (dataset,)
        )


def _values(layout: Layout, name: str) -> str:
    """Return a query for all values of a metadata property, those in lists one by one."""
    column = layout.property_column("metadata", name)
    if column is None:
        return "SELECT NULL AS value"
    table = layout.documents_table
    several = f"json_each(CASE typeof({column}) WHEN 'blob' THEN CAST({column} AS TEXT) END)"
    return (
        f"SELECT {column} AS value FROM {table} WHERE typeof({column}) != 'blob' "
        f"UNION ALL SELECT value FROM {table}, {several}"
    )


def _marks(values: _Row) -> str:
    return ", ".join("?" * len(values))
