"""Turn texts into the hashes of their words: what near-duplicates and leakage are found by.

Texts are compared in their canonical form (see `text.canonical`): a word is a run of letters and
digits, in lower case; every byte of a character beyond ASCII counts as a letter.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel
from workbench.curation.text import canonical

Offsets = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

# FNV-1a over the bytes of a word (Fowler, Noll, Vo 1991), then the finaliser of SplitMix64
# (Steele, Lea, Flood 2014), since FNV alone mixes the high bits of short words poorly.
_FNV_BASIS = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

_NO_LETTER = np.uint8(0)


def _letters() -> npt.NDArray[np.uint8]:
    """Return for each byte the letter that it counts as, in lower case; (256,)."""
    table = np.arange(256, dtype=np.uint8)
    table[:128] = _NO_LETTER
    for character in string.digits + string.ascii_letters:
        table[ord(character)] = ord(character.lower())
    return table


_LETTERS = _letters()


@dataclass(frozen=True, slots=True)
class WordHashes:
    """The words of some texts, in order.

    Attributes:
        offsets: Where each text begins, and the end of the last; (n_texts + 1,).
        hashes: One 64-bit hash a word; (n_words,).
    """

    offsets: Offsets
    hashes: Hashes

    def of(self, index: int) -> Hashes:
        """Return the hashes of one text."""
        return self.hashes[self.offsets[index] : self.offsets[index + 1]]


def hash_words(texts: Sequence[str]) -> WordHashes:
    """Return the word hashes of texts; equal words have equal hashes on every machine."""
    encoded = [_canonical_bytes(text) for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    content = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.zeros(len(encoded) + 1, np.int64)
    # a word and the space behind it take two bytes or more
    hashes = np.empty(int(bounds[-1] + len(encoded)) // 2 + 1, np.uint64)
    n_words = _hash_words(content, bounds, offsets, hashes)
    return WordHashes(offsets, hashes[:n_words].copy())


def _canonical_bytes(text: str) -> bytes:
    # The kernel itself ignores spacing and ASCII case, so most texts need no work here.
    return text.encode() if text.isascii() else canonical(text).encode()


@kernel
def _hash_words(
    content: npt.NDArray[np.uint8], bounds: Offsets, offsets: Offsets, hashes: Hashes
) -> int:
    n_words = 0
    for text in range(bounds.size - 1):
        value = _FNV_BASIS
        inside = False
        for place in range(bounds[text], bounds[text + 1]):
            letter = _LETTERS[content[place]]
            if letter != _NO_LETTER:
                value = (value ^ np.uint64(letter)) * _FNV_PRIME
                inside = True
            elif inside:
                hashes[n_words] = _mixed(value)
                n_words += 1
                value = _FNV_BASIS
                inside = False
        if inside:
            hashes[n_words] = _mixed(value)
            n_words += 1
        offsets[text + 1] = n_words
    return n_words


@kernel
def _mixed(value: np.uint64) -> np.uint64:
    value ^= value >> np.uint64(30)
    value *= _MIX_1
    value ^= value >> np.uint64(27)
    value *= _MIX_2
    return value ^ (value >> np.uint64(31))
