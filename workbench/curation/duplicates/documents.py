"""Rows to be compared: their ids, their signatures, and a way to their texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.banding import Bands, band_keys, signature_keys
from workbench.curation.duplicates.minhash import N_PERMUTATIONS, NO_SHINGLE, Signatures
from workbench.curation.duplicates.prefixes import Places
from workbench.curation.duplicates.shingles import ShingleSets, join_sets, shingle_sets
from workbench.curation.threads import BATCH_TEXTS, in_order
from workbench.curation.word_hashes import Hashes

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Documents:
    """Rows to be compared.

    Attributes:
        ids: Their ids, all different.
        signatures: What `sign_texts` gave of their texts, in the same order.
        texts_of: Returns the texts at some positions of `ids`, in the order asked for. It is called
            from the calling thread, for the rows that have to be compared, BATCH_TEXTS a time.
    """

    ids: Sequence[str]
    signatures: Signatures
    texts_of: Callable[[Positions], Sequence[str]]

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.signatures) or len(self.ids) != len(set(self.ids)):
            raise ValueError("Each row needs an id of its own and a signature.")


class OrderedDocuments:
    """The documents that have words, in the order of their ids: a row is a place in this order."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        keys = signature_keys(documents.signatures)
        wordless = signature_keys(np.full((1, N_PERMUTATIONS), NO_SHINGLE, np.uint32))
        by_id = sorted(np.flatnonzero(keys != wordless).tolist(), key=documents.ids.__getitem__)
        self._positions = np.array(by_id, np.int64)

    def __len__(self) -> int:
        return self._positions.size

    def band_keys(self, bands: Bands, band: int) -> Hashes:
        """Return the key of each row for one band."""
        return band_keys(self._documents.signatures, bands, band)[self._positions]

    def ids(self, rows: Positions) -> list[str]:
        """Return the ids of some rows."""
        return [self._documents.ids[position] for position in self._positions[rows].tolist()]

    def shingle_sets(self, rows: Positions, shingle_words: int, n_threads: int) -> ShingleSets:
        """Return the exact shingle sets of some rows."""
        chunks = (
            self._documents.texts_of(self._positions[rows[begin : begin + BATCH_TEXTS]])
            for begin in range(0, rows.size, BATCH_TEXTS)
        )
        make = partial(shingle_sets, shingle_words=shingle_words)
        return join_sets(list(in_order(make, chunks, n_threads)))


def first_alike(sets: ShingleSets) -> Places:
    """Return for each row the first row with the same shingles; no set may be empty.

    Sets are told apart by the sum of their 64-bit hashes. Signatures would not do: two different
    sets can share one.
    """
    keys = np.add.reduceat(sets.hashes, sets.offsets[:-1]) if sets.hashes.size else sets.hashes
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int32)
