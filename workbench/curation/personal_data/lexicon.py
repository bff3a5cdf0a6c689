"""The words that the scan knows, as a hash table for its compiled loop."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import yaml

from workbench.curation.kernels import kernel

# What a word announces; a word may be several. The kernel in candidates.py tests these bits.
COMMON, GIVEN_NAME, SURNAME = 1, 2, 4
TITLE, NAME_CUE, SALUTATION, SIGN_OFF, CONNECTOR = 8, 16, 32, 64, 128
STREET, STREET_FIRST, BOX, STATE, ZIP = 256, 512, 1024, 2048, 4096
NUMBER_CUE, BIRTH, SECRET, DOT, AT, WWW, BEGIN = 8192, 16384, 32768, 65536, 131072, 1 << 18, 1 << 19
LIVES = 1 << 20
_CUES = {
    "title": TITLE,
    "name_cue": NAME_CUE,
    "salutation": SALUTATION,
    "sign_off": SIGN_OFF,
    "connector": CONNECTOR,
    "street": STREET,
    "street_first": STREET_FIRST,
    "lives": LIVES,
    "box": BOX,
    "state": STATE,
    "zip": ZIP,
    "number_cue": NUMBER_CUE,
    "birth": BIRTH,
    "secret": SECRET,
    "dot": DOT,
    "at": AT,
    "www": WWW,
    "begin": BEGIN,
}

# FNV-1a (Fowler, Noll, Vo 1991), folded by a multiplication into the table's size.
HASH_BASIS = np.uint64(0xCBF29CE484222325)
HASH_PRIME = np.uint64(0x100000001B3)
_FOLD = np.uint64(0x9E3779B97F4A7C15)
_N_SLOTS = 1 << 16
_SHIFT = np.uint64(64 - 16)
# An entry is a hash whose low bits give way to the meaning: one read of memory a word.
_MEANING_BITS = np.uint64((1 << 21) - 1)

WordTable = npt.NDArray[np.uint64]


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a list of this package, in its order."""
    content = files(__package__).joinpath("words", name).read_text("utf-8")
    lines = (line for line in content.splitlines() if not line.startswith("#"))
    return tuple(word for line in lines for word in line.split())


@cache
def given_names() -> dict[str, str]:
    """Return given names in lower case with their gender: female, male or either."""
    return {
        word: gender
        for gender in ("female", "male", "either")
        for word in words_of(f"given_names_{gender}.txt")
    }


@cache
def common_words() -> frozenset[str]:
    """Return words in lower case that are no name where they stand alone."""
    return frozenset(words_of("common_words.txt"))


@cache
def surnames() -> frozenset[str]:
    """Return surnames in lower case that are no ordinary words."""
    return frozenset(words_of("surnames.txt"))


def is_listed_name(word: str) -> bool:
    """Tell whether a word in lower case is a given name or a surname of the lists."""
    return word in given_names() or word in surnames()


@cache
def word_surnames() -> frozenset[str]:
    """Return the ordinary words that are surnames too."""
    return frozenset(words_of("word_surnames.txt"))


@cache
def cue_words(cue: str) -> frozenset[str]:
    """Return the words of one cue of cues.yaml, in lower case."""
    content = files(__package__).joinpath("words", "cues.yaml").read_text("utf-8")
    return frozenset(str(yaml.safe_load(content)[cue]).split())


@cache
def word_table() -> WordTable:
    """Build the table of all words with what they announce, once a process."""
    meanings: dict[str, int] = defaultdict(int)
    for words, meaning in (
        (common_words(), COMMON),
        (given_names(), GIVEN_NAME),
        (word_surnames() | surnames(), SURNAME),
        *((cue_words(cue), meaning) for cue, meaning in _CUES.items()),
    ):
        for word in words:
            meanings[word] |= meaning
    table = np.zeros(_N_SLOTS, np.uint64)
    for word, meaning in meanings.items():
        _insert(table, np.frombuffer(word.encode(), np.uint8), np.uint64(meaning))
    return table


@kernel
def meaning_of(table: WordTable, value: np.uint64) -> np.int64:
    """Return what the word of a hash announces, 0 for an unknown word."""
    return np.int64(table[_slot_of(table, value)] & _MEANING_BITS)


@kernel
def _slot_of(table: WordTable, value: np.uint64) -> np.int64:
    slot = np.int64((value * _FOLD) >> _SHIFT)
    while table[slot] != np.uint64(0) and (table[slot] ^ value) > _MEANING_BITS:
        slot = (slot + 1) & (_N_SLOTS - 1)
    return slot


@kernel
def _insert(table: WordTable, word: npt.NDArray[np.uint8], meaning: np.uint64) -> None:
    value = HASH_BASIS
    for byte in word:
        value = (value ^ np.uint64(byte)) * HASH_PRIME
    table[_slot_of(table, value)] = (value & ~_MEANING_BITS) | meaning
