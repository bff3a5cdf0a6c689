"""Count in how many texts each word of a corpus stands.

A word is a run of ASCII letters, in lower case. The counts stand in an open-addressing table that
a kernel fills, and the words one behind the other in an array of bytes: a hundred thousand texts
of a kilobyte take a third of a second, where strings and dictionaries of Python take four.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel

_BATCH_TEXTS = 4000
_FIRST_SLOTS = 1 << 16
_GROWTH = 4
_MAX_LETTERS = 40  # longer runs are no words
# Names: as many letters as the words have that are looked at for typos.
_MIN_NAME, _MAX_NAME = 4, 30
_LOWER, _SPACE, _COMMA = 32, 32, 44  # ASCII letters differ in one bit from small ones
# FNV-1a (Fowler, Noll, Vo 1991); the slot is taken from the high bits after a multiplication by
# the golden ratio (Knuth, vol. 3, 6.4), since FNV mixes the low ones poorly.
_FNV_BASIS = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

_Bytes = npt.NDArray[np.uint8]
_Numbers = npt.NDArray[np.int64]
_Slots = npt.NDArray[np.void]
_SLOT = np.dtype(
    [
        ("hash", np.uint64),
        ("rows", np.int64),  # 0 where the slot is empty
        ("last_text", np.int64),  # so that a word counts once a text
        ("start", np.int64),  # of the word among the letters
        ("length", np.int64),
        ("is_name", np.bool_),
    ]
)


@dataclass(frozen=True, slots=True)
class WordCounts:
    """The words of a corpus.

    Attributes:
        rows: In how many texts each word stands.
        names: Words that stand capitalised in mid-sentence.
    """

    rows: Mapping[str, int]
    names: frozenset[str]


def count_words(texts: Iterable[str]) -> WordCounts:
    """Count in how many texts each word stands; give each distinct text once."""
    table, waiting = _Table(_FIRST_SLOTS), iter(texts)
    while batch := list(islice(waiting, _BATCH_TEXTS)):
        table = _counted(table, batch)
    return table.counts()


class _Table:
    """The words so far, in at most half of the slots, of which there are a power of two."""

    def __init__(self, n_slots: int) -> None:
        self.slots: _Slots = np.zeros(n_slots, _SLOT)
        self.letters = np.zeros(n_slots // 2 * _MAX_LETTERS, np.uint8)
        self.used = np.zeros(3, np.int64)  # texts, words, letters

    def larger(self) -> _Table:
        """Return the same counts with more slots."""
        table = _Table(_GROWTH * self.slots.size)
        _move(self.slots, table.slots)
        table.letters[: self.letters.size] = self.letters
        table.used = self.used
        return table

    def counts(self) -> WordCounts:
        """Return what was counted."""
        letters = self.letters.tobytes().decode("ascii")
        rows, names = {}, []
        for _, n_rows, _, start, length, is_name in self.slots[self.slots["rows"] > 0].tolist():
            word = letters[start : start + length]
            rows[word] = n_rows
            if is_name:
                names.append(word)
        return WordCounts(rows, frozenset(names))


def _counted(table: _Table, texts: Sequence[str]) -> _Table:
    encoded = [text.encode() for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    content = np.frombuffer(b"".join(encoded), np.uint8)
    begin = 0
    while begin < content.size:
        begin = _count(content, bounds, begin, table.slots, table.letters, table.used)
        if begin < content.size:
            table = table.larger()
    return table


@kernel
def _count(
    content: _Bytes, bounds: _Numbers, begin: int, slots: _Slots, letters: _Bytes, used: _Numbers
) -> int:
    """Count the words from one place on; return where the table became too small, or the end."""
    text = np.searchsorted(bounds, begin, side="right") - 1
    place = begin
    while place < content.size:
        while place >= bounds[text + 1]:
            text += 1
        if not _is_letter(content[place]):
            place += 1
            continue
        if 2 * used[1] >= slots.size:
            break
        end, value = place, _FNV_BASIS
        while end < bounds[text + 1] and _is_letter(content[end]):
            value = (value ^ np.uint64(content[end] | _LOWER)) * _FNV_PRIME
            end += 1
        if end - place <= _MAX_LETTERS:
            slot = _slot_of(slots, value)
            if slots[slot].rows == 0:
                _enter(slots, slot, value, content[place:end], letters, used)
            if slots[slot].last_text != used[0] + text + 1:
                slots[slot].last_text = used[0] + text + 1
                slots[slot].rows += 1
            if _is_name(content, bounds[text], place, end):
                slots[slot].is_name = True
        place = end
    if place >= content.size:
        used[0] += bounds.size - 1
    return place


@kernel
def _enter(
    slots: _Slots, slot: np.int64, value: np.uint64, word: _Bytes, letters: _Bytes, used: _Numbers
) -> None:
    slots[slot].hash = value
    slots[slot].start = used[2]
    slots[slot].length = word.size
    for place in range(word.size):
        letters[used[2] + place] = word[place] | np.uint8(_LOWER)
    used[1] += 1
    used[2] += word.size


@kernel
def _slot_of(slots: _Slots, value: np.uint64) -> np.int64:
    """Return where a word stands, or the empty slot in which it belongs."""
    mask = slots.size - 1
    slot = np.int64((value * _GOLDEN) >> np.uint64(32)) & mask
    while slots[slot].rows and slots[slot].hash != value:
        slot = (slot + 1) & mask
    return slot


@kernel
def _move(old: _Slots, new: _Slots) -> None:
    for place in range(old.size):
        if old[place].rows:
            new[_slot_of(new, old[place].hash)] = old[place]


@kernel
def _is_letter(byte: int) -> bool:
    return 97 <= byte | _LOWER <= 122  # a-z


@kernel
def _is_name(content: _Bytes, text_begin: int, begin: int, end: int) -> bool:
    """Whether a word stands capitalised behind a small letter or a comma, and a space."""
    if not _MIN_NAME <= end - begin <= _MAX_NAME or begin < text_begin + 2:
        return False
    if content[begin] & _LOWER or content[begin - 1] != _SPACE:
        return False
    before = content[begin - 2]
    if before != _COMMA and not (before & _LOWER and _is_letter(before)):
        return False
    for place in range(begin + 1, end):  # noqa: SIM110 - numba compiles no generator
        if not content[place] & _LOWER:
            return False
    return True
