"""Find rows of one set that are near-duplicates of rows of another, such as test and training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.curation.duplicates.banding import choose_bands
from workbench.curation.duplicates.candidates import find_candidates
from workbench.curation.duplicates.comparing import NOBODY, match
from workbench.curation.duplicates.documents import Documents, OrderedDocuments, first_alike
from workbench.curation.duplicates.minhash import SHINGLE_WORDS
from workbench.curation.duplicates.near import THRESHOLD
from workbench.curation.duplicates.shingles import join_sets
from workbench.curation.threads import N_THREADS


@dataclass(frozen=True, slots=True)
class Match:
    """A row and the most similar one of the other set.

    Attributes:
        row_id: The row that was looked up.
        match_id: The other set's row; of equally similar ones that with the least id.
        similarity: Their exact Jaccard similarity, from the threshold to 1.
    """

    row_id: str
    match_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found; both parts are in the order of row ids.

    Attributes:
        found: One match a row, of those rows that have one.
        unfinished: Rows that could not be compared with all that they should have been.
    """

    found: tuple[Match, ...]
    unfinished: tuple[str, ...]


def find_matches(
    queries: Documents,
    corpus: Documents,
    *,
    threshold: float = THRESHOLD,
    shingle_words: int = SHINGLE_WORDS,
    n_threads: int = N_THREADS,
) -> Matches:
    """Find for each row of `queries` the most similar near-duplicate in `corpus`.

    An id may stand in both; rows of one set are not compared with each other. Arguments and
    guarantees are those of `find_near_duplicates`.
    """
    bands = choose_bands(threshold)
    second, first = OrderedDocuments(queries), OrderedDocuments(corpus)
    candidates = find_candidates(
        lambda band: np.concatenate((first.band_keys(bands, band), second.band_keys(bands, band))),
        bands.n_bands,
        n_first=len(first),
        n_threads=n_threads,
    )
    in_first = candidates[candidates < len(first)]
    in_second = candidates[in_first.size :] - len(first)
    sets = join_sets(
        [
            first.shingle_sets(in_first, shingle_words, n_threads),
            second.shingle_sets(in_second, shingle_words, n_threads),
        ]
    )
    copies = first_alike(sets)[: in_first.size]
    found = match(sets, copies, threshold, n_threads)
    ids, first_ids = second.ids(in_second), first.ids(in_first)
    return Matches(
        tuple(
            Match(ids[row], first_ids[found.matches[row]], float(found.similarities[row]))
            for row in np.flatnonzero(found.matches != NOBODY)
        ),
        tuple(ids[row] for row in np.flatnonzero(found.is_unfinished)),
    )
