"""The exact answer, by comparing all pairs, with nothing of the product's code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

THRESHOLD = 0.8
SHINGLE_WORDS = 5


@dataclass(frozen=True)
class ExactAnswer:
    """What is near what in a corpus.

    Attributes:
        ids: The rows' ids in order.
        near: (n, n) matrix that is 1 for pairs at or above the threshold, but 0 on the diagonal.
    """

    ids: list[str]
    near: sparse.csr_array


@dataclass(frozen=True)
class Score:
    """How right a contender's removals are, whichever row of several it likes to keep.

    Attributes:
        n_removed: Rows that it removed.
        n_wrong: Of these, rows that are near no row that it keeps.
        n_left: Rows that it keeps and that had to go: each that is near an earlier kept row.
        precision: Share of its removals that are right, in 0-1.
        recall: Share of its right removals among them and what it left, in 0-1.
        f1: Their harmonic mean.
    """

    n_removed: int
    n_wrong: int
    n_left: int
    precision: float
    recall: float
    f1: float


def compare_all_pairs(corpus: Path) -> ExactAnswer:
    """Compute the similarity of all pairs that share a shingle."""
    ids, counts, columns = [], [], []
    numbers: dict[tuple[str, ...], int] = {}
    for part in sorted(corpus.glob("*.jsonl")):
        for line in part.open(encoding="utf-8"):
            row = json.loads(line)
            words = row["text"].split(" ")
            n_shingles = max(len(words) - SHINGLE_WORDS, 0) + 1
            shingles = {tuple(words[i : i + SHINGLE_WORDS]) for i in range(n_shingles)}
            ids.append(row["id"])
            counts.append(len(shingles))
            columns += [numbers.setdefault(shingle, len(numbers)) for shingle in shingles]
    bounds = np.concatenate(([0], np.cumsum(counts)))
    holds = sparse.csr_array(
        (np.ones(len(columns), np.int32), columns, bounds), (len(ids), len(numbers))
    )
    return ExactAnswer(ids, _near(holds, np.array(counts)))


def score(answer: ExactAnswer, kept_ids: frozenset[str]) -> Score:
    """Judge the rows that a contender keeps."""
    is_kept = np.array([row_id in kept_ids for row_id in answer.ids])
    n_near_kept = answer.near @ is_kept.astype(np.int64)
    n_removed = int(np.sum(~is_kept))
    n_wrong = int(np.sum(~is_kept & (n_near_kept == 0)))
    n_left = _n_to_go(answer.near, is_kept)
    n_right = n_removed - n_wrong
    precision = n_right / n_removed if n_removed else 1.0
    recall = n_right / (n_right + n_left) if n_right + n_left else 1.0
    f1 = 2 * precision * recall / (precision + recall) if n_right else 0.0
    return Score(n_removed, n_wrong, n_left, precision, recall, f1)


def _near(holds: sparse.csr_array, sizes: np.ndarray) -> sparse.csr_array:
    shared = (holds @ holds.T).tocoo()
    similarity = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    is_near = (similarity >= THRESHOLD) & (shared.row != shared.col)
    places = (shared.row[is_near], shared.col[is_near])
    return sparse.csr_array((np.ones(places[0].size, np.int64), places), shared.shape)


def _n_to_go(near: sparse.csr_array, is_kept: np.ndarray) -> int:
    stays = is_kept.copy()
    for row in np.flatnonzero(is_kept):
        others = near.indices[near.indptr[row] : near.indptr[row + 1]]
        stays[row] = not np.any(stays[others[others < row]])
    return int(np.sum(is_kept) - np.sum(stays))
