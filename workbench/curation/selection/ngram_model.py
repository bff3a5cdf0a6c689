"""A language model of word triples: quick enough to train one for each selection of examples.

Interpolated Kneser-Ney smoothing with one discount (Chen and Goodman, "An Empirical Study of
Smoothing Techniques for Language Modeling", 1999, section 3): seen triples are discounted, and what
that frees goes to pairs and words by how many contexts they complete, at last to all words alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.word_hashes import Hashes, WordHashes

_DISCOUNT = 0.75
_TURN = np.uint64(0x9E3779B97F4A7C15)
_BEGINNING = np.uint64(1)  # stands before the first word of a text

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Level:
    """What is known of runs of one length.

    Attributes:
        runs: Distinct runs, sorted; (n_runs,).
        counts: How often each occurs; (n_runs,).
        contexts: Distinct runs without their last word, sorted; (n_contexts,).
        totals: Counts of the runs that continue each context; (n_contexts,).
        kinds: How many different words continue it; (n_contexts,).
    """

    runs: Hashes
    counts: _Floats
    contexts: Hashes
    totals: _Floats
    kinds: _Floats

    def probabilities(self, runs: Hashes, contexts: Hashes, shorter: _Floats) -> _Floats:
        """Return the probability of the last word of each run, given those of shorter runs."""
        count = _look_up(self.runs, self.counts, runs)
        total = _look_up(self.contexts, self.totals, contexts)
        freed = _DISCOUNT * _look_up(self.contexts, self.kinds, contexts)
        seen = total > 0
        total = np.where(seen, total, 1)
        known = (np.maximum(count - _DISCOUNT, 0) + freed * shorter) / total
        return np.where(seen, known, shorter)


class NgramModel:
    """The model of some texts.

    Args:
        words: Words of the texts to learn from.
        n_vocabulary: Distinct words that can occur, those of texts to be scored included. Models
            are comparable if it is the same for all.
    """

    def __init__(self, words: WordHashes, *, n_vocabulary: int) -> None:
        triples, pairs, singles, pair_contexts, single_contexts = _runs(words)
        self._n_vocabulary = n_vocabulary
        self._triples = _level(triples, pair_contexts)
        # shorter runs are counted once for each longer run that they end
        first = np.unique(triples, return_index=True)[1]
        self._pairs = _level(pairs[first], single_contexts[first])
        first = np.unique(pairs, return_index=True)[1]
        self._singles = _level(singles[first], np.zeros_like(singles[first]))

    def log_probabilities(self, words: WordHashes) -> _Floats:
        """Return the natural logarithm of each word's probability after the two before it.

        Returns: (n_words,); the probabilities of all words of the vocabulary add up to 1.
        """
        triples, pairs, singles, pair_contexts, single_contexts = _runs(words)
        found = np.full(singles.size, 1 / self._n_vocabulary)
        found = self._singles.probabilities(singles, np.zeros_like(singles), found)
        found = self._pairs.probabilities(pairs, single_contexts, found)
        return np.log(self._triples.probabilities(triples, pair_contexts, found))


def _runs(words: WordHashes) -> tuple[Hashes, Hashes, Hashes, Hashes, Hashes]:
    """Return for each word the runs of three, two and one that it ends, and their contexts."""
    place = np.arange(words.hashes.size) - np.repeat(words.offsets[:-1], np.diff(words.offsets))
    before = np.where(place >= 1, np.roll(words.hashes, 1), _BEGINNING)
    earlier = np.where(place >= 2, np.roll(words.hashes, 2), _BEGINNING)
    context = _joined(earlier, before)
    return (
        _joined(context, words.hashes),
        _joined(before, words.hashes),
        words.hashes,
        context,
        before,
    )


def _joined(first: Hashes, second: Hashes) -> Hashes:
    value = first * _TURN + second
    value ^= value >> np.uint64(31)
    return value * _TURN


def _level(runs: Hashes, contexts: Hashes) -> _Level:
    distinct, first, counts = np.unique(runs, return_index=True, return_counts=True)
    named, context = np.unique(contexts[first], return_inverse=True)
    totals = np.bincount(context, weights=counts, minlength=named.size).astype(np.float64)
    kinds = np.bincount(context, minlength=named.size).astype(np.float64)
    return _Level(distinct, counts.astype(np.float64), named, totals, kinds)


def _look_up(keys: Hashes, values: _Floats, wanted: Hashes) -> _Floats:
    """Return the value of each key, 0 for those that are not there."""
    if keys.size == 0:
        return np.zeros(wanted.size)
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[place] == wanted, values[place], 0)
