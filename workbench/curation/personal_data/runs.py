"""Split texts into runs of letters and of digits, in a compiled loop.

A run knows where it stands in characters, what its word announces (see `lexicon`), and what stands
between it and the run before. Everything that the scan looks at is found from these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel
from workbench.curation.personal_data import lexicon

# Columns of a run.
START, END, MEANING, SHAPE, GAP = range(5)
# Shapes of a run.
IS_DIGITS, FIRST_UPPER = 1, 2
# What stands in the gap before a run.
AT_SIGN, COLON, SLASH, STOP, LINE, BRACKET, EQUALS = 1, 2, 4, 8, 16, 32, 64
SEPARATORS_ONLY = 128  # nothing but what stands within telephone numbers
SPACES_ONLY = 256
SPACED = 512
_NO_GAP = SEPARATORS_ONLY | SPACES_ONLY

_LETTER, _DIGIT, _SEPARATOR, _SPACE, _OTHER = range(5)


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of some texts.

    Attributes:
        offsets: Where the runs of each text begin, and the end of the last; (n_texts + 1,).
        rows: One run a row, with the columns above; (n_runs, 5).
    """

    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]


def split_runs(texts: Sequence[str]) -> Runs:
    """Return the runs of texts; positions count characters, not bytes."""
    # A lone surrogate is no character, but may stand in a text of a broken file.
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    bounds = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=bounds[1:])
    content = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.zeros(len(encoded) + 1, np.int64)
    rows = np.empty((content.size, 5), np.int32)  # a run takes a byte or more
    n_runs = _split(content, bounds, lexicon.word_table(), _BYTE_TABLES, offsets, rows)
    return Runs(offsets, rows[:n_runs])


def _ascii_classes() -> npt.NDArray[np.uint8]:
    classes = np.full(256, _OTHER, np.uint8)
    for code in range(256):
        character = chr(code)
        if code >= 128 or character.isalpha():
            classes[code] = _LETTER
        elif character.isdigit():
            classes[code] = _DIGIT
        elif character in "().-/":
            classes[code] = _SEPARATOR
        elif character == " ":
            classes[code] = _SPACE
    return classes


def _gap_bits() -> npt.NDArray[np.int32]:
    bits = np.zeros(256, np.int32)
    for characters, bit in (
        ("@", AT_SIGN),
        (":", COLON),
        ("/", SLASH),
        (".!?;", STOP),
        ("\n\r", LINE),
        ("([", BRACKET),
        ("=", EQUALS),
    ):
        for character in characters:
            bits[ord(character)] = bit
    return bits


def _lower() -> npt.NDArray[np.uint64]:
    """Return each byte as it is hashed: small for capital letters of ASCII."""
    lower = np.arange(256, dtype=np.uint64)
    lower[ord("A") : ord("Z") + 1] += np.uint64(32)
    return lower


ByteTables = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32], npt.NDArray[np.uint64]]
_BYTE_TABLES: ByteTables = (_ascii_classes(), _gap_bits(), _lower())


@kernel
def _wide_class(content: npt.NDArray[np.uint8], place: int) -> int:
    """Return the class of a character beyond ASCII from its first bytes."""
    first, second = content[place], content[place + 1]
    if first == 0xC2 and second < 0xC0:  # controls and signs of Latin-1
        return _SPACE if second == 0xA0 else _OTHER
    if first != 0xE2 or second > 0x8B:
        return _LETTER
    third = content[place + 2]  # general punctuation, U+2000 to U+22FF
    if second == 0x80 and 0x80 <= third <= 0x8A:
        return _SPACE
    if (second == 0x80 and 0x90 <= third <= 0x95) or (second == 0x88 and third == 0x92):
        return _SEPARATOR  # dashes and the minus sign
    return _OTHER


@kernel
def _end_of_run(
    content: npt.NDArray[np.uint8],
    place: int,
    end: int,
    classes: npt.NDArray[np.uint8],
    lower: npt.NDArray[np.uint64],
) -> tuple[int, int, np.uint64]:
    """Return the place behind a run, its bytes beyond its characters, the hash of its lower case.

    The character at `place` is of the run, so the loop tests at its end: three times as fast.
    """
    value, n_followers, run = lexicon.HASH_BASIS, 0, classes[content[place]]
    while True:
        byte = content[place]
        if byte >= 0x80:
            if byte < 0xC0:
                n_followers += 1  # not the first byte of its character
            elif _wide_class(content, place) != _LETTER:
                break
        value = (value ^ lower[byte]) * lexicon.HASH_PRIME
        place += 1
        if place >= end or classes[content[place]] != run:
            break
    return place, n_followers, value


@kernel
def _split(
    content: npt.NDArray[np.uint8],
    bounds: npt.NDArray[np.int64],
    table: lexicon.WordTable,
    byte_tables: ByteTables,
    offsets: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
) -> int:
    n_runs, (classes, gap_bits, lower) = 0, byte_tables
    for text in range(bounds.size - 1):
        place, end, gap, tagged = bounds[text], bounds[text + 1], _NO_GAP, False
        beyond = place  # bytes before `place` that are no character of this text
        while place < end:
            byte = content[place]
            kind = classes[byte] if byte < 0x80 else _wide_class(content, place)
            if kind > _DIGIT:
                gap = _gap_with(gap, kind, gap_bits[byte])
                size = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                place, beyond = place + size, beyond + size - 1
                continue
            # [CASE_NUMBER] and the like are ours, and announce nothing.
            before = content[place - 1] if place > bounds[text] else 0
            tagged = 65 <= byte <= 90 and (before == 91 or (tagged and before == 95))
            rows[n_runs, START], rows[n_runs, GAP] = place - beyond, gap
            place, n_followers, value = _end_of_run(content, place, end, classes, lower)
            beyond += n_followers
            known = kind == _LETTER and not tagged
            rows[n_runs, MEANING] = lexicon.meaning_of(table, value) if known else 0
            # Beyond ASCII the case is not known here: the patterns look again.
            upper = 65 <= byte <= 90 or byte >= 0x80
            rows[n_runs, SHAPE] = IS_DIGITS if kind == _DIGIT else FIRST_UPPER if upper else 0
            rows[n_runs, END] = place - beyond
            n_runs, gap = n_runs + 1, _NO_GAP
        offsets[text + 1] = n_runs
    return n_runs


@kernel
def _gap_with(gap: int, kind: int, bit: int) -> int:
    if kind == _SPACE:
        return gap | SPACED
    if kind == _SEPARATOR:
        return (gap | bit) & ~SPACES_ONLY
    return (gap | bit) & ~(SEPARATORS_ONLY | SPACES_ONLY)
