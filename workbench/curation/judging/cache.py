"""Outcomes of earlier curations, so that a row is judged again only where something changed.

For each row and stage the cache holds a key (of the stage's settings, the texts that it was given
and the rules undone for the row) and what the stage said under that key. A changed setting gives
its stage another key and leaves the others valid. One more key stands for the whole row, so that a
row of which nothing changed is not led through the stages at all. Outcomes hold text, so they are
encrypted with the key of the row's source. Every batch is one transaction: whoever is killed loses
one batch.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.curation.cache_file import open_cache
from workbench.curation.outcomes import Finding, Outcome, Texts
from workbench.curation.wording.text_edits import packed_edits, with_packed_edits
from workbench.errors import StoreError
from workbench.store import SourceCipher

KEY_BYTES = 16
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SCHEMA = """
CREATE TABLE IF NOT EXISTS judged_rows (
    row_id TEXT PRIMARY KEY,
    whole  BLOB NOT NULL,   -- KEY_BYTES
    keys   BLOB NOT NULL,   -- KEY_BYTES a stage, in the order of the stages
    sealed BLOB             -- encrypted JSON, one entry a stage; NULL if none had anything to say
)
"""


@dataclass(frozen=True, slots=True)
class CachedRow:
    """What is known of a row.

    Attributes:
        whole: `KEY_BYTES` for all that decides what the stages say of it.
        keys: `KEY_BYTES` for each stage that saw it.
        sealed: What each of these said, encrypted; None if they had nothing to say.
    """

    whole: bytes
    keys: bytes
    sealed: bytes | None

    def entries(self, cipher: SourceCipher) -> list[Any] | None:
        """Return what each stage said: None, or what `packed` made.

        Returns: None if the cipher of another source sealed it.
        """
        if self.sealed is None:
            return [None] * (len(self.keys) // KEY_BYTES)
        try:
            entries: list[Any] = json.loads(cipher.decrypt(self.sealed))
        except StoreError:
            return None
        return entries


UNKNOWN = CachedRow(b"", b"", None)


def text_key(texts: Texts) -> bytes:
    """Return a digest of a row's texts."""
    digest = hashlib.blake2b(digest_size=KEY_BYTES)
    for name, text in texts.items():
        content = text.encode()
        digest.update(b"%s %d " % (name.encode(), len(content)))
        digest.update(content)
    return digest.digest()


def names_key(names: Sequence[str]) -> bytes:
    """Return a digest of the names that a row gives."""
    return text_key({str(place): name for place, name in enumerate(names)})


def outcome_key(stage_key: bytes, texts_key: bytes, muted: frozenset[str]) -> bytes:
    """Return what decides a stage's outcome on a row."""
    content = stage_key + texts_key + "\0".join(sorted(muted)).encode()
    return hashlib.blake2b(content, digest_size=KEY_BYTES).digest()


def packed(outcome: Outcome) -> list[Any] | None:
    """Return an outcome as JSON-ready data; None if the stage had nothing to say.

    It holds the edits, not the texts that they led to.
    """
    if not outcome.findings and not outcome.words:
        return None
    findings = [[f.rule, f.action, f.reason, dict(f.evidence)] for f in outcome.findings]
    return [packed_edits(outcome.edits), findings, list(outcome.words)]


def recalled_texts(before: Texts, entry: Sequence[Any]) -> Texts:
    """Return what a stage left of the texts `before`, of which it said what `packed` gave."""
    return with_packed_edits(before, entry[0]) if entry[0] else before


def recalled_findings(entry: Sequence[Any]) -> list[Finding]:
    """Return the findings of an outcome of which `packed` gave the entry."""
    return [Finding(*finding) for finding in entry[1]]


def sealed_entries(entries: Sequence[Any], cipher: SourceCipher) -> bytes | None:
    """Return what each stage said, encrypted; see `CachedRow.entries`."""
    if all(entry is None for entry in entries):
        return None
    return cipher.encrypt(_encode(list(entries)).encode())


class RowCache:
    """The open cache."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __len__(self) -> int:
        """Return how many rows are known."""
        row = self._connection.execute("SELECT count(*) FROM judged_rows").fetchone()
        return int(row[0])

    def find(self, row_ids: Sequence[str]) -> dict[str, CachedRow]:
        """Return what is known of rows, given in ascending order without gaps in between."""
        found = self._connection.execute(
            "SELECT row_id, whole, keys, sealed FROM judged_rows WHERE row_id BETWEEN ? AND ?",
            (row_ids[0], row_ids[-1]),
        )
        return {row_id: CachedRow(*known) for row_id, *known in found}

    def keep(self, rows: Mapping[str, CachedRow]) -> None:
        """Remember rows, all or none of them."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO judged_rows VALUES (?, ?, ?, ?)",
                [(row_id, row.whole, row.keys, row.sealed) for row_id, row in rows.items()],
            )

    def forget(self, row_ids: Iterable[str]) -> int:
        """Forget rows, whose bytes are overwritten in the file; return how many were known."""
        before = len(self)
        self._connection.execute("PRAGMA secure_delete = ON")
        with self._connection:
            self._connection.executemany(
                "DELETE FROM judged_rows WHERE row_id = ?", ((row_id,) for row_id in row_ids)
            )
        return before - len(self)

    def forget_others(self, row_ids: Iterable[str]) -> None:
        """Forget every row that is not in force any more."""
        with self._connection:
            self._connection.execute("CREATE TEMP TABLE in_force (row_id TEXT PRIMARY KEY)")
            self._connection.executemany(
                "INSERT INTO in_force VALUES (?)", ((row_id,) for row_id in row_ids)
            )
            self._connection.execute(
                "DELETE FROM judged_rows WHERE row_id NOT IN (SELECT row_id FROM in_force)"
            )
            self._connection.execute("DROP TABLE in_force")


@contextmanager
def open_row_cache(file: Path) -> Iterator[RowCache]:
    """Open the cache. See `cache_file.open_cache`."""
    with open_cache(file, _SCHEMA) as connection:
        yield RowCache(connection)
