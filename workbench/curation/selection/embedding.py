"""Vectors of texts without a model: weighted words and character runs, folded into few dimensions.

Each feature is hashed to a few signed dimensions: a random projection that needs no matrix (Kane
and Nelson, "Sparser Johnson-Lindenstrauss Transforms", 2014), so that the vector of a text depends
on that text and on the weights alone. Weights are those of TF-IDF (Salton and Buckley 1988).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel
from workbench.curation.text import canonical
from workbench.curation.word_hashes import Hashes, Offsets, WordHashes, hash_words

Vectors = npt.NDArray[np.float32]
_Weights = npt.NDArray[np.float64]

DIMENSIONS = 512  # half for words, half for character runs
_HALF = DIMENSIONS // 2
_BUCKETS = 1 << 18  # of document frequencies
_RUN_BYTES = 4
_BATCH_TEXTS = 4096
_SIGNED_PLACES = 4  # dimensions that a feature is added to: 64 bits give four times 9 with a sign
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class TextEmbedding:
    """Turns texts into vectors of length 1, with weights taken from a collection of texts."""

    def __init__(self, collection: Sequence[str]) -> None:
        self._word_weights = _inverse_frequency(hash_words(collection))
        self._run_weights = _inverse_frequency(_byte_runs(collection))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; (n_texts, DIMENSIONS), of length 1, or 0 for an empty text.

        The product of two is their cosine: the mean of that of their words and that of their runs
        of four characters, which spellings and endings change less.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(texts), _BATCH_TEXTS):
            batch = texts[start : start + _BATCH_TEXTS]
            words = _projected(hash_words(batch), self._word_weights)
            runs = _projected(_byte_runs(batch), self._run_weights)
            vectors[start : start + len(batch)] = _unit(np.concatenate((words, runs), axis=1))
        return vectors


def _projected(features: WordHashes, weights: _Weights) -> npt.NDArray[np.float64]:
    return _unit(_project(features.offsets, features.hashes, weights))


def _unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def _byte_runs(texts: Sequence[str]) -> WordHashes:
    """Return a hash of each run of four bytes of the canonical texts."""
    encoded = [canonical(text).encode() for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    n_runs = np.maximum(lengths - _RUN_BYTES + 1, 0)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(n_runs)))
    hashes = np.empty(int(offsets[-1]), np.uint64)
    _hash_runs(np.frombuffer(b"".join(encoded), np.uint8), bounds, offsets, hashes)
    return WordHashes(offsets, hashes)


@kernel
def _hash_runs(
    content: npt.NDArray[np.uint8], bounds: Offsets, offsets: Offsets, hashes: Hashes
) -> None:
    for text in range(bounds.size - 1):
        for run in range(offsets[text + 1] - offsets[text]):
            value = np.uint64(0)
            for step in range(_RUN_BYTES):
                value = (value << np.uint64(8)) | np.uint64(content[bounds[text] + run + step])
            value *= _GOLDEN
            value ^= value >> np.uint64(29)
            hashes[offsets[text] + run] = value * _GOLDEN


def _inverse_frequency(features: WordHashes) -> _Weights:
    """Return the weight of each bucket of features: ln((1 + texts) / (1 + texts with it)) + 1."""
    n_texts = features.offsets.size - 1
    frequency = _document_frequency(features.offsets, features.hashes)
    return np.log((1 + n_texts) / (1 + frequency)) + 1


@kernel
def _document_frequency(offsets: Offsets, hashes: Hashes) -> npt.NDArray[np.int64]:
    frequency = np.zeros(_BUCKETS, np.int64)
    last_text = np.full(_BUCKETS, -1, np.int64)
    for text in range(offsets.size - 1):
        for place in range(offsets[text], offsets[text + 1]):
            bucket = np.int64(hashes[place] & np.uint64(_BUCKETS - 1))
            if last_text[bucket] != text:
                last_text[bucket] = text
                frequency[bucket] += 1
    return frequency


@kernel
def _project(offsets: Offsets, hashes: Hashes, weights: _Weights) -> npt.NDArray[np.float64]:
    """Return the sum of the projected features of each text; (n_texts, _HALF)."""
    vectors = np.zeros((offsets.size - 1, _HALF))
    for text in range(offsets.size - 1):
        features = np.sort(hashes[offsets[text] : offsets[text + 1]])
        start = 0
        while start < features.size:
            end = start
            while end < features.size and features[end] == features[start]:
                end += 1
            feature = features[start]
            # a word said ten times does not count ten times as much
            weight = (1 + np.log(end - start)) * weights[feature & np.uint64(_BUCKETS - 1)]
            bits = feature * _GOLDEN
            for _ in range(_SIGNED_PLACES):
                place = np.int64(bits >> np.uint64(1)) & (_HALF - 1)
                vectors[text, place] += weight if bits & np.uint64(1) else -weight
                bits >>= np.uint64(16)
            start = end
    return vectors
