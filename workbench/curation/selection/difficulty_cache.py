"""How difficult models found examples: a stopped scoring continues, and nothing is scored twice.

The cache holds numbers under digests of the model and the texts, and no text.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.curation.cache_file import open_cache
from workbench.records import Message

_KEY_BYTES = 16
_SCHEMA = """
CREATE TABLE IF NOT EXISTS difficulties (
    key        BLOB PRIMARY KEY,
    difficulty REAL                -- NULL if it cannot be told
)
"""


def difficulty_key(model_digest: str, turns: Sequence[Message], completion: str) -> bytes:
    """Return the name of an example's score under a model."""
    digest = hashlib.blake2b(digest_size=_KEY_BYTES)
    said = (part for turn in turns for part in (turn["role"], turn["content"]))
    for text in (model_digest, *said, completion):
        content = text.encode()
        digest.update(b"%d " % len(content))
        digest.update(content)
    return digest.digest()


class DifficultyCache:
    """The open cache."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, keys: Iterable[bytes]) -> dict[bytes, float | None]:
        """Return the scores that are known of those asked for."""
        found: dict[bytes, float | None] = {}
        for key in keys:
            row = self._connection.execute(
                "SELECT difficulty FROM difficulties WHERE key = ?", (key,)
            ).fetchone()
            if row is not None:
                found[key] = row[0]
        return found

    def keep(self, scores: Mapping[bytes, float | None]) -> None:
        """Remember scores, all or none of them."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO difficulties VALUES (?, ?)", scores.items()
            )


@contextmanager
def open_difficulty_cache(file: Path) -> Iterator[DifficultyCache]:
    """Open the cache. See `cache_file.open_cache`."""
    with open_cache(file, _SCHEMA) as connection:
        yield DifficultyCache(connection)
