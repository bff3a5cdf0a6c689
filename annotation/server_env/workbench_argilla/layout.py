"""How the index of one dataset is laid out: its tables, and which column holds which property.

Each dataset has tables of its own, with a column for each property that can be filtered, so that
one pass over short rows answers any filter and order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .words import INNER_SIGNS

TextKind = Literal["text", "chat"]
# (kind, name, property): ("metadata", "source", "") or ("suggestion", "rating", "score")
Property = tuple[str, str, str]

_DIGITS = re.compile(r"[0-9a-f-]+")
_ALWAYS_SUGGESTED = ("score", "agent", "type", "updated_at")


class MissingIndexError(LookupError):
    """The dataset has no index."""


@dataclass(frozen=True)
class Layout:
    """The columns of a dataset's index.

    Attributes:
        dataset: Its id.
        texts: Field of each full-text column, and whether the column holds the roles of its turns.
        properties: What the columns of the documents hold, after the record's own properties.
        questions: What the columns of the responses hold.
    """

    dataset: str
    texts: tuple[tuple[str, bool], ...]
    properties: tuple[Property, ...]
    questions: tuple[str, ...]

    @property
    def documents_table(self) -> str:
        return self._table("documents")

    @property
    def responses_table(self) -> str:
        return self._table("responses")

    @property
    def texts_table(self) -> str:
        return self._table("texts")

    @property
    def vectors_table(self) -> str:
        return self._table("vectors")

    @property
    def tables(self) -> Sequence[str]:
        names = (self.documents_table, self.responses_table, self.texts_table)
        return (*names, self.vectors_table)

    def text_columns(self, field: str = "") -> Sequence[str]:
        """Return the full-text columns of a field, of all fields if none is named."""
        named = enumerate(self.texts)
        return [f"text_{n}" for n, (name, _) in named if not field or name == field]

    def property_column(self, kind: str, name: str, part: str = "") -> str | None:
        """Return the column of documents for a property; None if it cannot be filtered."""
        return _place(f"{kind}_", self.properties, (kind, name, part))

    def property_columns(self) -> Sequence[str]:
        return [f"{kind}_{n}" for n, (kind, _, _) in enumerate(self.properties)]

    def answer_column(self, question: str) -> str | None:
        """Return the column of responses for a question; None if it cannot be filtered."""
        return _place("answer_", self.questions, question)

    def answer_columns(self) -> Sequence[str]:
        return [f"answer_{n}" for n in range(len(self.questions))]

    def with_metadata(self, name: str) -> Layout:
        """Return the layout with a metadata property more."""
        return replace(self, properties=(*self.properties, ("metadata", name, "")))

    def to_json(self) -> str:
        return json.dumps([self.texts, self.properties, self.questions])

    def _table(self, name: str) -> str:
        if not _DIGITS.fullmatch(self.dataset):
            raise MissingIndexError(f"{self.dataset!r} is not the id of a dataset.")
        return f'"{name}_{self.dataset}"'


def make_layout(
    dataset: str,
    *,
    texts: Mapping[str, TextKind],
    metadata: Iterable[str],
    questions: Mapping[str, bool],
) -> Layout:
    """Lay out the index of a dataset.

    Args:
        dataset: Its id.
        texts: Its fields that hold text, and whether the text is a chat.
        metadata: Names of its metadata properties.
        questions: Its questions, and whether their answers can be filtered: labels and numbers.
    """
    properties: list[Property] = [("metadata", name, "") for name in metadata]
    for name, is_filtered in questions.items():
        parts = ("value", *_ALWAYS_SUGGESTED) if is_filtered else _ALWAYS_SUGGESTED
        properties += [("suggestion", name, part) for part in parts]
    columns = [(name, False) for name in texts]
    columns += [(name, True) for name, kind in texts.items() if kind == "chat"]
    filtered = tuple(name for name, is_filtered in questions.items() if is_filtered)
    return Layout(dataset, tuple(columns), tuple(properties), filtered)


def read_layout(dataset: str, stored: str) -> Layout:
    """Return a layout from its JSON."""
    texts, properties, questions = json.loads(stored)
    return Layout(
        dataset,
        tuple((name, is_role) for name, is_role in texts),
        tuple((kind, name, part) for kind, name, part in properties),
        tuple(questions),
    )


def creation(layout: Layout) -> Sequence[str]:
    """Return the statements that make a dataset's tables."""
    documents, responses = layout.documents_table, layout.responses_table
    vectors, name = layout.vectors_table, layout.dataset
    properties = "".join(f", {column}" for column in layout.property_columns())
    answers = "".join(f", {column}" for column in layout.answer_columns())
    signs = INNER_SIGNS.replace("'", "''")
    return [
        f"CREATE TABLE {documents} (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
        "external_id TEXT, status TEXT NOT NULL, inserted_at INTEGER NOT NULL, "
        f"updated_at INTEGER NOT NULL, lot INTEGER NOT NULL{properties})",
        f'CREATE INDEX "in_order_{name}" ON {documents} (inserted_at)',
        f"CREATE TABLE {responses} (id TEXT PRIMARY KEY, document INTEGER NOT NULL, "
        f"user TEXT NOT NULL, status TEXT NOT NULL, updated_at INTEGER NOT NULL{answers})",
        f'CREATE INDEX "of_document_{name}" ON {responses} (document)',
        f'CREATE INDEX "of_user_{name}" ON {responses} (user, document, status)',
        f"CREATE TABLE {vectors} (document INTEGER NOT NULL, setting TEXT NOT NULL, "
        "updated_at INTEGER NOT NULL, value BLOB NOT NULL)",
        f'CREATE UNIQUE INDEX "of_setting_{name}" ON {vectors} (setting, document)',
        f'CREATE INDEX "with_vector_{name}" ON {vectors} (document)',
        # `words` has found the words already: nothing but spaces stands between them
        f"CREATE VIRTUAL TABLE {layout.texts_table} USING fts5("
        f"{', '.join(layout.text_columns() or ['nothing'])}, "
        f"tokenize=\"ascii tokenchars '{signs}'\")",
    ]


def _place(prefix: str, names: Sequence[object], name: object) -> str | None:
    return f"{prefix}{names.index(name)}" if name in names else None
