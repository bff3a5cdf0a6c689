"""Similarity search: the vectors of a dataset in memory, and which of them are nearest."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .documents import Neighbours
from .layout import Layout

STORED = np.dtype("<f4")
_AT_ONCE = 1_000
_CACHE_BYTES = 512 * 2**20
# Scores are equal if they differ by less than float32 and the order of its sums can tell.
_SCORE_DECIMALS = 6


class InvalidVectorError(ValueError):
    """A vector that nothing can be compared with."""


@dataclass(frozen=True)
class Vectors:
    """The vectors of one setting.

    Attributes:
        rows: Documents, ascending; shape (n,).
        units: Their vectors, scaled to length 1; shape (n, dimensions).
    """

    rows: NDArray[np.int64]
    units: NDArray[np.float32]


@dataclass(frozen=True)
class Near:
    """Rows with their scores, the nearest first, and how many were found in all."""

    items: Sequence[tuple[int, float]]
    total: int


class VectorCache:
    """The vectors last asked for, read anew when any of their dataset has changed."""

    def __init__(self, size_bytes: int = _CACHE_BYTES) -> None:
        self._size_bytes = size_bytes
        self._held: OrderedDict[tuple[str, str], tuple[int, Vectors]] = OrderedDict()

    def get(self, db: sqlite3.Connection, layout: Layout, setting: str) -> Vectors:
        """Return the vectors of a setting as they are now; the caller holds the database."""
        key = (layout.dataset, setting)
        statement = "SELECT vectors_changed FROM datasets WHERE id = ?"
        state = db.execute(statement, (layout.dataset,)).fetchone()[0]
        found = self._held.pop(key, None)
        if found is None or found[0] != state:
            del found  # let go of the old ones before the new ones are read
            found = (state, _read(db, layout, setting))
        self._held[key] = found
        self._make_room()
        return found[1]

    def _make_room(self) -> None:
        while len(self._held) > 1 and self._used_bytes() > self._size_bytes:
            self._held.popitem(last=False)

    def _used_bytes(self) -> int:
        return sum(vectors.units.nbytes for _, vectors in self._held.values())


def nearest(
    vectors: Vectors,
    asked: Neighbours,
    *,
    rows: NDArray[np.int64] | None = None,
    without: int | None = None,
) -> Near:
    """Return the vectors that point most nearly where one points.

    The score is (1 + cosine) / 2, in 0-1. As in Elasticsearch the total is the number found,
    at most the limit, before the least score is looked at.

    Args:
        vectors: What to look among.
        asked: What is looked for.
        rows: Only these documents, ascending; None for all.
        without: A document to leave out.

    Raises:
        InvalidVectorError: The vector has no direction or another number of dimensions.
    """
    direction = _direction(asked.value, vectors.units.shape[1] if len(vectors.rows) else None)
    kept = _places(vectors.rows, rows, without)
    if len(kept) == 0:
        return Near([], 0)
    # all of them: a copy of those that are kept would cost more than their scores
    cosines = (vectors.units @ direction)[kept]
    scores = np.round((1.0 + cosines) / 2.0, _SCORE_DECIMALS)
    best = _best(scores, asked.limit)
    least = -np.inf if asked.least_score is None else asked.least_score
    items = [(int(vectors.rows[kept[n]]), float(scores[n])) for n in best if scores[n] >= least]
    return Near(items, len(best))


def as_stored(value: Sequence[float]) -> bytes:
    """Return a vector as the index stores it."""
    return np.asarray(value, dtype=STORED).tobytes()


def _read(db: sqlite3.Connection, layout: Layout, setting: str) -> Vectors:
    """Read the vectors of a setting; those of length 0 point nowhere and are left out."""
    where = f"FROM {layout.vectors_table} WHERE setting = ?"
    count, size = db.execute(
        f"SELECT count(*), coalesce(max(length(value)), 0) {where}", (setting,)
    ).fetchone()
    rows = np.empty(count, dtype=np.int64)
    units = np.empty((count, size // STORED.itemsize), dtype=np.float32)
    stored = db.execute(f"SELECT document, value {where} ORDER BY document", (setting,))
    for start in range(0, count, _AT_ONCE):
        some = stored.fetchmany(_AT_ONCE)
        part = slice(start, start + len(some))
        rows[part] = [row for row, _ in some]
        units[part] = np.frombuffer(b"".join(value for _, value in some), STORED).reshape(
            len(some), -1
        )
    lengths = np.sqrt(np.einsum("ij,ij->i", units, units))  # needs no second matrix
    points = lengths > 0
    if not points.all():
        rows, units, lengths = rows[points], units[points], lengths[points]
    units /= lengths[:, np.newaxis]
    return Vectors(rows, units)


def _direction(value: Sequence[float], dimensions: int | None) -> NDArray[np.float32]:
    vector = np.asarray(value, dtype=np.float64)
    if dimensions is not None and len(vector) != dimensions:
        raise InvalidVectorError(
            f"The vector has {len(vector)} dimensions, those of the dataset have {dimensions}."
        )
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0.0:
        raise InvalidVectorError("The vector has no direction: it is zero or not finite.")
    return (vector / length).astype(np.float32)


def _places(
    all_rows: NDArray[np.int64], wanted: NDArray[np.int64] | None, unwanted: int | None
) -> NDArray[np.intp]:
    """Return where the wanted rows stand among all rows; those without a vector are left out."""
    kept = np.ones(len(all_rows), dtype=bool)
    if wanted is not None:
        kept = np.isin(all_rows, wanted, assume_unique=True)
    if unwanted is not None:
        kept &= all_rows != unwanted
    return np.flatnonzero(kept)


def _best(scores: NDArray[np.floating], limit: int) -> NDArray[np.intp]:
    """Return the places of the highest scores, highest first, of equal ones the first."""
    if limit < len(scores):
        least = -np.partition(-scores, limit - 1)[limit - 1]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.lexsort((places, -scores[places]))][:limit]
