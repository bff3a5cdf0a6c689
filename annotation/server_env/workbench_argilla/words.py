"""Split text into the words that are searched, as Elasticsearch's standard analyzer does.

Words are those of Unicode's text segmentation (UAX #29, https://unicode.org/reports/tr29/), lower
case, accents kept: `don't`, `3.50` and `foo_bar` are one word, `well-known` is two, each ideograph
and each emoji is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

# Stands between two turns of a chat, so that no phrase reaches across; never part of a word.
GAP = "\ue000"

# ASCII characters that `words` keeps inside a word.
INNER_SIGNS = "_.,:;'"

# Han, Hiragana: written without spaces, so each sign is a word.
_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_MARK_CATEGORIES = {"Mn", "Mc", "Me", "Cf"}


def _marks() -> str:
    """Return what belongs to the sign before it (accents, vowel signs), as a character class."""
    ranges: list[tuple[int, int]] = []
    # No mark or joiner stands outside these two blocks.
    for point in (*range(0x80, 0x20000), *range(0xE0100, 0xE01F0)):
        if unicodedata.category(chr(point)) in _MARK_CATEGORIES:
            is_next = bool(ranges) and ranges[-1][1] == point - 1
            first = ranges.pop()[0] if is_next else point
            ranges.append((first, point))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARK = _marks()
_LETTER = rf"[^\W\d_{_IDEOGRAPHS}]"
_BETWEEN_LETTERS = "[:.'·‘’]"
_BETWEEN_DIGITS = "[,.;']"
_WORD = re.compile(
    rf"[{_IDEOGRAPHS}][{_MARK}]*"
    rf"|(?:[^\W{_IDEOGRAPHS}]+[{_MARK}]*"  # letters, digits and `_` run on
    rf"|{_BETWEEN_LETTERS}(?<={_LETTER}{_BETWEEN_LETTERS})(?={_LETTER})"
    rf"|{_BETWEEN_DIGITS}(?<=\d{_BETWEEN_DIGITS})(?=\d))+"
    rf"|[{_EMOJI}][{_MARK}]*"
)
_ASCII_WORD = re.compile(r"(?:\w+|(?<=[A-Za-z])[:.'](?=[A-Za-z])|(?<=\d)[,.;'](?=\d))+", re.ASCII)


def words(text: str) -> Sequence[str]:
    """Return the words of a text, in their order."""
    pattern = _ASCII_WORD if text.isascii() else _WORD
    return pattern.findall(text.lower())


def spelled(passages: Iterable[str]) -> str:
    """Return passages as the full-text table stores them: words between spaces."""
    return f" {GAP} ".join(" ".join(words(passage)) for passage in passages)
