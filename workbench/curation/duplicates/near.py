"""Find near-duplicates: rows whose texts share most of their shingles.

MinHash tells which rows may have a near-duplicate at all; of these alone the texts are read, and
only exact similarities decide. See `comparing.decide` for which row goes and which stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.banding import choose_bands
from workbench.curation.duplicates.candidates import find_candidates
from workbench.curation.duplicates.comparing import NOBODY, Verdicts, decide
from workbench.curation.duplicates.documents import Documents, OrderedDocuments, first_alike
from workbench.curation.duplicates.minhash import SHINGLE_WORDS
from workbench.curation.threads import N_THREADS

THRESHOLD = 0.8


@dataclass(frozen=True, slots=True)
class Removal:
    """A row that goes.

    Attributes:
        row_id: The row.
        keeper_id: A row that stays and is near it: the most similar of those with lesser ids.
        similarity: The exact Jaccard similarity of the two, from the threshold to 1.
    """

    row_id: str
    keeper_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """A row that stays though it is near one that went: their chain is too long to remove both.

    Attributes:
        row_id: The row.
        via_id: The row between, which went for another keeper.
        similarity: The exact Jaccard similarity to that row; to its keeper it is below the
            threshold.
    """

    row_id: str
    via_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """What was found; every part is in the order of row ids.

    Attributes:
        removals: The rows that go.
        chain_ends: Rows that stay at the end of a chain.
        groups: Rows that belong together, and so into one split: each row that went with all that
            it is near among those that stay, joined where they share one; sizes are 2 or more.
        unfinished: Rows that were compared with `comparing.MAX_COMPARISONS` others and could not be
            with all: of these, a likeness may have been missed.
    """

    removals: tuple[Removal, ...]
    chain_ends: tuple[ChainEnd, ...]
    groups: tuple[tuple[str, ...], ...]
    unfinished: tuple[str, ...]


def find_near_duplicates(
    documents: Documents,
    *,
    threshold: float = THRESHOLD,
    shingle_words: int = SHINGLE_WORDS,
    n_threads: int = N_THREADS,
) -> NearDuplicates:
    """Find the rows that are near-duplicates of others, and which of them are to go.

    The result depends on ids and texts alone: neither on the order of rows nor on the threads. Rows
    without words are near nothing.

    Args:
        documents: The rows; their signatures must have been made with the same `shingle_words`.
        threshold: Least Jaccard similarity of the shingle sets of near-duplicates, from 0.1 to 1.
        shingle_words: Words a shingle, 1 or more.
        n_threads: It changes the time and nothing else.

    Raises:
        ValueError: The threshold lies outside its range.
    """
    rows = OrderedDocuments(documents)
    bands = choose_bands(threshold)
    candidates = find_candidates(
        lambda band: rows.band_keys(bands, band),
        bands.n_bands,
        n_threads=n_threads,
    )
    sets = rows.shingle_sets(candidates, shingle_words, n_threads)
    copies = first_alike(sets)
    verdicts = decide(sets, copies, threshold, n_threads)
    return _described(verdicts, rows.ids(candidates))


def _described(verdicts: Verdicts, ids: list[str]) -> NearDuplicates:
    gone = np.flatnonzero(verdicts.keepers != np.arange(len(ids))).tolist()
    ends = np.flatnonzero(verdicts.links != NOBODY).tolist()
    return NearDuplicates(
        tuple(
            Removal(ids[row], ids[verdicts.keepers[row]], float(verdicts.similarities[row]))
            for row in gone
        ),
        tuple(
            ChainEnd(ids[row], ids[verdicts.links[row]], float(verdicts.link_similarities[row]))
            for row in ends
        ),
        grouped(verdicts.groups, ids),
        tuple(ids[row] for row in np.flatnonzero(verdicts.is_unfinished)),
    )


def grouped(groups: npt.NDArray[np.int32], ids: list[str]) -> tuple[tuple[str, ...], ...]:
    """Return the ids of each group of two or more rows; `groups` numbers them by their first."""
    order = np.argsort(groups, kind="stable")
    bounds = np.flatnonzero(np.diff(groups[order])) + 1
    parts = np.split(order, bounds) if order.size else []
    return tuple(tuple(ids[row] for row in part) for part in parts if part.size > 1)
