"""The word n-grams of evaluation texts, indexed so that training texts can be scanned for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.curation.duplicates.shingles import list_shingles
from workbench.curation.kernels import kernel
from workbench.curation.leakage.hash_index import MISSING, HashIndex, KeyNumbers, Numbers
from workbench.curation.word_hashes import WordHashes, hash_words

# The n with which the longest contaminated span explains the gain in scores best (ConTAM, Singh et
# al. 2024, arXiv 2411.03923).
NGRAM_WORDS = 8


@dataclass(frozen=True, slots=True)
class NgramIndex:
    """Where each n-gram of the evaluation texts stands.

    Attributes:
        words: The evaluation texts.
        ngram_words: Words an n-gram of each text: NGRAM_WORDS, or for a shorter text all its words;
            0 for a text that is too short to be looked for; (n_texts,).
        ngrams: Gives the number of an n-gram by its hash.
        ngram_at: Number of the n-gram that begins at each word, or MISSING; (n_words,).
        starts: Where the places of each n-gram begin, and the end of the last; (n_ngrams + 1,).
        places: Words at which each n-gram begins, ascending within an n-gram; (n_places,).
        text_of: The text in which each word stands; (n_words,).
        n_texts_with: Texts in which each n-gram stands; (n_ngrams,).
    """

    words: WordHashes
    ngram_words: Numbers
    ngrams: HashIndex
    ngram_at: KeyNumbers
    starts: Numbers
    places: Numbers
    text_of: Numbers
    n_texts_with: Numbers

    @property
    def lengths(self) -> list[int]:
        """The lengths of n-grams that occur, in words."""
        return [int(length) for length in np.unique(self.ngram_words) if length]


def index_ngrams(texts: Sequence[str], min_words: Sequence[int]) -> NgramIndex:
    """Index the n-grams of evaluation texts.

    Args:
        texts: The evaluation texts.
        min_words: For each text, the fewest words with which it is looked for, 1 or more.
    """
    words = hash_words(texts)
    n_words = np.diff(words.offsets)
    is_long_enough = n_words >= np.asarray(min_words, np.int64)
    ngram_words = np.where(is_long_enough, np.minimum(n_words, NGRAM_WORDS), 0)
    offsets, listed = list_shingles(words, NGRAM_WORDS)
    is_used = np.repeat(is_long_enough, np.diff(offsets))
    begins = np.arange(listed.size) + np.repeat(words.offsets[:-1] - offsets[:-1], np.diff(offsets))
    keys, numbers = np.unique(listed[is_used], return_inverse=True)
    ngram_at = np.full(words.hashes.size, MISSING, np.int32)
    ngram_at[begins[is_used]] = numbers
    order = np.argsort(numbers, kind="stable")  # stable: places ascend within an n-gram
    places = begins[is_used][order]
    starts = np.searchsorted(numbers[order], np.arange(keys.size + 1))
    text_of = np.repeat(np.arange(n_words.size), n_words)
    return NgramIndex(
        words,
        ngram_words,
        HashIndex(keys),
        ngram_at,
        starts,
        places,
        text_of,
        _count_texts_of(starts, text_of[places]),
    )


@kernel
def _count_texts_of(starts: Numbers, texts: Numbers) -> Numbers:
    counts = np.zeros(starts.size - 1, np.int64)
    for ngram in range(starts.size - 1):
        last = -1
        for place in range(starts[ngram], starts[ngram + 1]):
            if texts[place] != last:
                last = texts[place]
                counts[ngram] += 1
    return counts
