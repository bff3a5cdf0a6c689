"""Find the words that training texts and evaluation texts have in common, as long spans.

A span is a run of words that stands in both texts, found by its n-grams and then compared word by
word. GPT-3 and lm-eval call an evaluation text contaminated from 13 words (Brown et al. 2020); a
span of 13 words is the same as a common 13-gram, so that one scan by 8-grams answers both.

Boilerplate is no leak: as with inverse document frequency, an n-gram that stands in many texts says
nothing of one of them. Words that a common n-gram covers do not count as specific.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.shingles import list_shingles
from workbench.curation.kernels import kernel
from workbench.curation.leakage.hash_index import MISSING, KeyNumbers, Numbers
from workbench.curation.leakage.ngram_index import NgramIndex
from workbench.curation.word_hashes import Hashes, Offsets, hash_words

# Common is what stands in more than a thousandth of the texts, an inverse document frequency below
# ln 1000, yet never what stands in so few.
_COMMON_SHARE = 1000
_NEVER_COMMON_TEXTS = 10
_BATCH_TEXTS = 4096
_FIRST_ROOM = 1024

Flags = npt.NDArray[np.bool_]
Found = npt.NDArray[np.int64]  # (n, 4): training text, evaluation text, span, specific words


@dataclass(frozen=True, slots=True)
class Spans:
    """What the training texts share with the evaluation texts.

    Attributes:
        train: Training text of each pair that shares a span; (n_pairs,), ascending.
        evaluation: Evaluation text of each pair; (n_pairs,).
        words: Words of the most telling span of each pair; (n_pairs,).
        specific_words: Those of them that no common n-gram covers; (n_pairs,).
        raw_words: Of each evaluation text, the longest run of words whose n-grams stand anywhere in
            the training texts, common or not (the longest span of ConTAM); (n_evaluation,).
    """

    train: Numbers
    evaluation: Numbers
    words: Numbers
    specific_words: Numbers
    raw_words: Numbers


class _Evaluation(NamedTuple):
    """What the kernel needs of the evaluation texts, see `NgramIndex`."""

    offsets: Offsets
    words: Hashes
    ngram_words: Numbers
    ngram_at: KeyNumbers
    starts: Numbers
    places: Numbers
    text_of: Numbers
    is_rare: Flags
    specific_before: Numbers


def common_limit(n_texts: int) -> int:
    """Return the number of texts above which an n-gram is common among `n_texts`."""
    return max(_NEVER_COMMON_TEXTS, n_texts // _COMMON_SHARE)


def find_spans(texts: Sequence[str], index: NgramIndex) -> Spans:
    """Return the longest common span of each training text with each evaluation text.

    A pair is listed if its span has as many specific words as an n-gram has, or covers the whole
    evaluation text and begins nowhere else so often that it would be common.
    """
    n_train_texts, is_touched = _count_texts(texts, index)
    is_common = (n_train_texts > common_limit(len(texts))) | (
        index.n_texts_with > common_limit(index.ngram_words.size)
    )
    offsets, words = index.words.offsets, index.words.hashes
    shared = _cover(offsets, index.ngram_at, index.ngram_words, n_train_texts > 0)
    template = _cover(offsets, index.ngram_at, index.ngram_words, is_common)
    evaluation = _Evaluation(
        offsets,
        words,
        index.ngram_words,
        index.ngram_at,
        index.starts,
        index.places,
        index.text_of,
        is_rare=~is_common,
        specific_before=np.concatenate((np.zeros(1, np.int64), np.cumsum(~template))),
    )
    pairs = _match(texts, np.flatnonzero(is_touched), index, evaluation)
    train, other, n_words, specific = pairs.T
    return Spans(train, other, n_words, specific, _longest_runs(offsets, shared))


def _count_texts(texts: Sequence[str], index: NgramIndex) -> tuple[Numbers, Flags]:
    """Return in how many training texts each n-gram stands, and which texts hold any."""
    counts = np.zeros(index.n_texts_with.size, np.int64)
    last_text = np.full(counts.size, MISSING, np.int64)
    is_touched = np.zeros(len(texts), np.bool_)
    for first in range(0, len(texts), _BATCH_TEXTS):
        words = hash_words(texts[first : first + _BATCH_TEXTS])
        for length in index.lengths:
            offsets, listed = list_shingles(words, length)
            found = index.ngrams.find(listed)
            _add_counts(offsets, found, first, counts, last_text, is_touched)
    return counts, is_touched


def _match(
    texts: Sequence[str], touched: Numbers, index: NgramIndex, evaluation: _Evaluation
) -> Found:
    """Return the pairs that share a span, each once, by training and evaluation text."""
    parts = [np.empty((0, 4), np.int64)]
    for first in range(0, touched.size, _BATCH_TEXTS):
        batch = touched[first : first + _BATCH_TEXTS]
        words = hash_words([texts[number] for number in batch])
        for length in index.lengths:
            offsets, listed = list_shingles(words, length)
            found = _find_spans(
                words.offsets, words.hashes, offsets, index.ngrams.find(listed), evaluation
            )
            found[:, 0] = batch[found[:, 0]]
            parts.append(found)
    return _best_of_each_pair(np.concatenate(parts))


def _best_of_each_pair(found: Found) -> Found:
    ordered = found[np.lexsort((-found[:, 2], -found[:, 3], found[:, 1], found[:, 0]))]
    is_first = np.ones(ordered.shape[0], np.bool_)
    is_first[1:] = (ordered[1:, :2] != ordered[:-1, :2]).any(axis=1)
    return ordered[is_first]


@kernel
def _add_counts(
    offsets: Offsets,
    found: KeyNumbers,
    first: int,
    counts: Numbers,
    last_text: Numbers,
    is_touched: Flags,
) -> None:
    for text in range(offsets.size - 1):
        for place in range(offsets[text], offsets[text + 1]):
            ngram = found[place]
            if ngram != MISSING:
                is_touched[first + text] = True
                if last_text[ngram] != first + text:
                    last_text[ngram] = first + text
                    counts[ngram] += 1


@kernel
def _cover(offsets: Offsets, ngram_at: KeyNumbers, ngram_words: Numbers, is_meant: Flags) -> Flags:
    """Return which words stand in an n-gram that is meant; (n_words,)."""
    covered = np.zeros(ngram_at.size, np.bool_)
    for text in range(offsets.size - 1):
        end = offsets[text]
        for place in range(offsets[text], offsets[text + 1]):
            ngram = ngram_at[place]
            if ngram != MISSING and is_meant[ngram]:
                end = place + ngram_words[text]
            covered[place] = place < end
    return covered


@kernel
def _longest_runs(offsets: Offsets, covered: Flags) -> Numbers:
    longest = np.zeros(offsets.size - 1, np.int64)
    for text in range(offsets.size - 1):
        run = 0
        for place in range(offsets[text], offsets[text + 1]):
            run = run + 1 if covered[place] else 0
            longest[text] = max(longest[text], run)
    return longest


@kernel
def _find_spans(
    offsets: Offsets,
    words: Hashes,
    ngram_offsets: Offsets,
    ngrams: KeyNumbers,
    other: _Evaluation,
) -> Found:
    """Extend every rare n-gram that both sides have to the whole span around it."""
    found = np.empty((_FIRST_ROOM, 4), np.int64)
    n_found = 0
    for text in range(offsets.size - 1):
        begin, end = offsets[text], offsets[text + 1]
        for number in range(ngram_offsets[text], ngram_offsets[text + 1]):
            ngram = ngrams[number]
            if ngram == MISSING or not other.is_rare[ngram]:
                continue
            here = begin + number - ngram_offsets[text]
            for occurrence in range(other.starts[ngram], other.starts[ngram + 1]):
                there = other.places[occurrence]
                span = _span_around(words, here, begin, end, other, there)
                if span[2] > 0:
                    if n_found == found.shape[0]:
                        found = np.concatenate((found, np.empty_like(found)))
                    found[n_found] = (text, span[0], span[1], span[2])
                    n_found += 1
    return found[:n_found].copy()


@kernel
def _span_around(
    words: Hashes, here: int, begin: int, end: int, other: _Evaluation, there: int
) -> tuple[int, int, int]:
    """Return evaluation text, words and specific words of the span around two equal n-grams.

    Returns: No words if the span tells too little, or was met one word earlier already.
    """
    text = other.text_of[there]
    other_begin, other_end = other.offsets[text], other.offsets[text + 1]
    before = 0
    while before < min(here - begin, there - other_begin):
        if words[here - before - 1] != other.words[there - before - 1]:
            break
        before += 1
    if before > 0:
        earlier = other.ngram_at[there - 1]
        if earlier != MISSING and other.is_rare[earlier]:
            return text, 0, 0
    after = 0
    while after < min(end - here, other_end - there):
        if words[here + after] != other.words[there + after]:
            break
        after += 1
    specific = other.specific_before[there + after] - other.specific_before[there - before]
    is_whole = before + after == other_end - other_begin
    if specific < other.ngram_words[text] and not is_whole:
        return text, 0, 0
    return text, before + after, specific
