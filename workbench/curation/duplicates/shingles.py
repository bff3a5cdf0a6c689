"""Turn texts into sets of shingles: every run of k words that stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.curation.kernels import kernel
from workbench.curation.word_hashes import Hashes, Offsets, WordHashes, hash_words

# A shingle's hash is a polynomial of the hashes of its words, modulo 2^64 (Karp, Rabin 1987): as
# those are mixed already, an odd base is enough.
_BASE = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """The shingle sets of some texts.

    Attributes:
        offsets: Where each set begins, and the end of the last; (n_texts + 1,).
        hashes: One 64-bit hash a shingle, ascending and distinct within a text; (n_shingles,).
    """

    offsets: Offsets
    hashes: Hashes

    def of(self, index: int) -> Hashes:
        """Return the set of one text."""
        return self.hashes[self.offsets[index] : self.offsets[index + 1]]


def list_shingles(words: WordHashes, shingle_words: int) -> tuple[Offsets, Hashes]:
    """Return the shingles of texts in the order in which they stand, repeats and all.

    Args:
        words: The words of the texts.
        shingle_words: Words a shingle, 1 or more. A text of fewer words, but of one at least, has
            one shingle of all its words.

    Returns: Where the shingles of each text begin (n_texts + 1,), and their hashes.
    """
    n_words = np.diff(words.offsets)
    counts = np.where(n_words < shingle_words, np.minimum(n_words, 1), n_words - shingle_words + 1)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    hashes = np.empty(int(offsets[-1]), np.uint64)
    _list_shingles(words.offsets, words.hashes, shingle_words, offsets, hashes)
    return offsets, hashes


def shingle_sets(texts: Sequence[str], shingle_words: int) -> ShingleSets:
    """Return the shingle sets of texts, see `list_shingles`."""
    listed, hashes = list_shingles(hash_words(texts), shingle_words)
    offsets = np.zeros_like(listed)
    n_distinct = _keep_distinct(listed, hashes, offsets)
    return ShingleSets(offsets, hashes[:n_distinct].copy())


def join_sets(parts: Sequence[ShingleSets]) -> ShingleSets:
    """Return the sets of all parts, one after another."""
    sizes = [np.diff(part.offsets) for part in parts]
    offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes]))
    hashes = np.concatenate([np.empty(0, np.uint64), *(part.hashes for part in parts)])
    return ShingleSets(offsets, hashes)


@kernel
def _list_shingles(
    word_offsets: Offsets, words: Hashes, shingle_words: int, offsets: Offsets, shingles: Hashes
) -> None:
    leaving_weight = _ONE  # of the word that leaves the window
    for _ in range(shingle_words):
        leaving_weight *= _BASE
    for text in range(offsets.size - 1):
        begin, end = word_offsets[text], word_offsets[text + 1]
        window = min(shingle_words, end - begin)
        value = np.uint64(0)
        for place in range(begin, begin + window):
            value = value * _BASE + words[place]
        for number in range(offsets[text + 1] - offsets[text]):
            if number > 0:
                place = begin + number - 1
                value = value * _BASE + words[place + window] - leaving_weight * words[place]
            shingles[offsets[text] + number] = value


@kernel
def _keep_distinct(listed: Offsets, shingles: Hashes, offsets: Offsets) -> int:
    """Sort each text's shingles and move the distinct ones to the front of `shingles`."""
    n_distinct = 0
    for text in range(listed.size - 1):
        ordered = np.sort(shingles[listed[text] : listed[text + 1]])
        for place in range(ordered.size):
            if place == 0 or ordered[place] != ordered[place - 1]:
                shingles[n_distinct] = ordered[place]
                n_distinct += 1
        offsets[text + 1] = n_distinct
    return n_distinct
