"""Find many whole phrases in many texts, whatever their case, in one pass.

A text is asked first which of its words is the longest word of any phrase: one set of words against
one dictionary. Only those phrases are then searched for, so the cost of a text hardly grows with
the number of phrases.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WORD = re.compile(r"\w+")
Span = tuple[int, int]
_SPACE = r"(?:[ \t]{1,3}|\n)"


@dataclass(frozen=True, slots=True)
class FoundPhrase:
    """Where a phrase stands: from `start` up to `end`, in characters."""

    start: int
    end: int
    phrase: str


class PhraseIndex:
    """Finds phrases as whole words; a hyphen joins words, as in `self-client`.

    A space in a phrase stands for up to three spaces or one line break, an apostrophe for either
    form of it.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
        for phrase in sorted(set(phrases)):
            key = max(sorted(text_words(phrase)), key=len, default="")
            self._by_word[key].append((phrase, _whole_words(phrase)))

    def find(self, text: str) -> list[FoundPhrase]:
        """Return what is found, leftmost and then longest first, none overlapping another."""
        hits = self._by_word.keys() & text_words(text)
        if "" in self._by_word:  # phrases without a letter or digit
            hits.add("")
        if not hits:
            return []
        return leftmost_longest(
            [
                FoundPhrase(match.start(), match.end(), phrase)
                for word in hits
                for phrase, pattern in self._by_word[word]
                for match in pattern.finditer(text)
            ]
        )


def text_words(text: str) -> set[str]:
    """Return the words of a text, case-folded."""
    if text.isascii():
        return set(WORD.findall(text.lower()))
    # word by word: folding a whole text may move the borders of words (İ becomes two characters)
    return {word.casefold() for word in WORD.findall(text)}


def leftmost_longest(found: Iterable[FoundPhrase]) -> list[FoundPhrase]:
    """Drop every match that overlaps an earlier one, or a longer one at the same place."""
    chosen: list[FoundPhrase] = []
    end = 0
    for match in sorted(found, key=lambda match: (match.start, -match.end, match.phrase)):
        if match.start >= end:
            chosen.append(match)
            end = match.end
    return chosen


def overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether a span shares a character with one of the others."""
    return any(begins < end and start < ends for begins, ends in spans)


def _whole_words(phrase: str) -> re.Pattern[str]:
    words = [re.escape(word).replace("'", "['’]").replace("’", "['’]") for word in phrase.split()]
    return re.compile(rf"(?<![\w-]){_SPACE.join(words)}(?![\w-])", re.IGNORECASE)
