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


def _marks() -> str:
    """Return what belongs to the sign before it (accents, vowel signs), as a character class."""
    # No mark or joiner stands outside these two blocks.
    signs = [*range(0x20000), *range(0xE0100, 0xE01F0)]
    points = [n for n in signs if n > 0x7F and unicodedata.category(chr(n)) in _MARK_CATEGORIES]
    return "".join(re.escape(chr(point)) for point in points)


_MARK_CATEGORIES = {"Mn", "Mc", "Me", "Cf"}
_MARK = _marks()
_LETTER = rf"[^\W\d_{_IDEOGRAPHS}]"
_WORD = re.compile(
    rf"(?:[^\W{_IDEOGRAPHS}][{_MARK}]*"  # letters, digits and `_` run on
    rf"|(?<={_LETTER})[:.'·‘’](?={_LETTER})"  # these only between two letters,
    r"|(?<=\d)[,.;'](?=\d))+"  # these only between two digits
    rf"|[{_IDEOGRAPHS}][{_MARK}]*"
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
