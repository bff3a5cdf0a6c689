"""MinHash signatures: the share of equal places of two signatures estimates their similarity.

A signature holds, for each of 128 permutations of the 32-bit numbers, the least value that the
permutation gives to a shingle of the text. Two texts agree at a place with a probability equal to
the Jaccard similarity of their shingle sets (Broder, "On the resemblance and containment of
documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from workbench.curation.duplicates.shingles import list_shingles
from workbench.curation.kernels import kernel
from workbench.curation.threads import BATCH_TEXTS, N_THREADS, batches, in_order
from workbench.curation.word_hashes import Hashes, Offsets, hash_words

Signatures = npt.NDArray[np.uint32]  # (n_texts, N_PERMUTATIONS)

SHINGLE_WORDS = 5
N_PERMUTATIONS = 128
NO_SHINGLE = np.uint32(0xFFFFFFFF)  # at every place of the signature of a text without words
_SEED = 20261124
_HALF = np.uint64(32)
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # the first factor of SplitMix64's finaliser


def sign_texts(
    texts: Iterable[str], *, shingle_words: int = SHINGLE_WORDS, n_threads: int = N_THREADS
) -> Signatures:
    """Return the signatures of texts, (n_texts, N_PERMUTATIONS).

    Args:
        texts: A sequence or a stream; of a stream only some batches are held at a time.
        shingle_words: Words a shingle, 1 or more.
        n_threads: It changes the time and nothing else.
    """
    sign = partial(_sign_batch, shingle_words=shingle_words)
    parts = list(in_order(sign, batches(texts, BATCH_TEXTS), n_threads))
    return np.concatenate([np.empty((0, N_PERMUTATIONS), np.uint32), *parts])


def _sign_batch(texts: Sequence[str], *, shingle_words: int) -> Signatures:
    offsets, shingles = list_shingles(hash_words(texts), shingle_words)
    signatures = np.full((len(texts), N_PERMUTATIONS), NO_SHINGLE, np.uint32)
    _sign(offsets, shingles, _FACTORS, _TERMS, signatures)
    return signatures


def _permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the factors and terms of permutations `x -> factor * x + term` modulo 2^32."""
    # Raw bits, since NumPy may change what its generators make of them, but not these.
    drawn = np.random.PCG64(_SEED).random_raw(2 * N_PERMUTATIONS)
    numbers = (drawn >> np.uint64(32)).astype(np.uint32)
    return numbers[:N_PERMUTATIONS] | np.uint32(1), numbers[N_PERMUTATIONS:]  # odd ones permute


@kernel
def _sign(
    offsets: Offsets,
    shingles: Hashes,
    factors: npt.NDArray[np.uint32],
    terms: npt.NDArray[np.uint32],
    signatures: Signatures,
) -> None:
    # The inner loop is over 32-bit lanes, as processors before AVX-512 multiply no wider ones.
    for text in range(offsets.size - 1):
        least = signatures[text]
        for place in range(offsets[text], offsets[text + 1]):
            wide = shingles[place]
            # Shingles of few words are sums of few numbers, which linear permutations would show.
            value = np.uint32(((wide ^ (wide >> _HALF)) * _MIX) >> _HALF)
            for lane in range(least.size):
                least[lane] = min(least[lane], np.uint32(factors[lane] * value + terms[lane]))


_FACTORS, _TERMS = _permutations()
