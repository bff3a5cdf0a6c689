"""Find which of a fixed set of 64-bit hashes each of many others is.

Nearly all that is asked for is not there, so a bitmap that fits the processor's cache answers
first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel
from workbench.curation.word_hashes import Hashes

MISSING = -1
_SLOTS_PER_KEY = 2
_BITS_PER_KEY = 16
_LEAST_BITS = 6  # the bitmap consists of whole words of 2^6 bits

Numbers = npt.NDArray[np.int64]
KeyNumbers = npt.NDArray[np.int32]


class HashIndex:
    """An open-addressing table of distinct hashes, numbered by their place in it."""

    def __init__(self, keys: Hashes) -> None:
        """Build the table.

        Args:
            keys: Distinct hashes, well mixed in all bits; (n_keys,).
        """
        self._keys = keys
        self._slots = np.full(1 << _exponent(_SLOTS_PER_KEY * keys.size), MISSING, np.int32)
        exponent = max(_exponent(_BITS_PER_KEY * keys.size), _LEAST_BITS)
        self._shift = np.uint64(64 - exponent)
        self._bitmap = np.zeros(1 << (exponent - _LEAST_BITS), np.uint64)
        _insert(keys, self._slots, self._bitmap, self._shift)

    def find(self, hashes: Hashes) -> KeyNumbers:
        """Return the number of the key that each hash is, or MISSING; same shape as `hashes`."""
        found = np.empty(hashes.size, np.int32)
        _find(hashes, self._keys, self._slots, self._bitmap, self._shift, found)
        return found


def _exponent(size: int) -> int:
    """Return the least power of two that is `size` or more, as its exponent; 1 or more."""
    return max(1, (size - 1).bit_length())


@kernel
def _insert(
    keys: Hashes, slots: KeyNumbers, bitmap: npt.NDArray[np.uint64], shift: np.uint64
) -> None:
    mask = slots.size - 1
    for number in range(keys.size):
        bit = keys[number] >> shift
        bitmap[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
        slot = np.int64(keys[number] & np.uint64(mask))
        while slots[slot] != MISSING:
            slot = (slot + 1) & mask
        slots[slot] = number


@kernel
def _find(
    hashes: Hashes,
    keys: Hashes,
    slots: KeyNumbers,
    bitmap: npt.NDArray[np.uint64],
    shift: np.uint64,
    found: KeyNumbers,
) -> None:
    mask = slots.size - 1
    for place in range(hashes.size):
        key = hashes[place]
        bit = key >> shift
        found[place] = MISSING
        if (bitmap[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1) == np.uint64(0):
            continue
        slot = np.int64(key & np.uint64(mask))
        while slots[slot] != MISSING:
            if keys[slots[slot]] == key:
                found[place] = slots[slot]
                break
            slot = (slot + 1) & mask
