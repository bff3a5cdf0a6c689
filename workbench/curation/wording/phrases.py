"""Find many whole phrases in many texts, whatever their case, in one pass.

A text is asked first which of its words is the longest word of any phrase: one set of words against
one dictionary. Only those phrases are then searched for, so the cost of a text hardly grows with
the number of phrases.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
        self._by_word: dict[str, list[_Phrase]] = defaultdict(list)
        for phrase in sorted(set(phrases)):
            key = max(sorted(phrase_words(phrase)), key=len, default="")
            self._by_word[key].append(_Phrase(phrase))

    def find(self, text: str) -> list[FoundPhrase]:
        """Return what is found, leftmost and then longest first, none overlapping another."""
        return leftmost_longest(self.find_all(text))

    def find_all(self, text: str) -> list[FoundPhrase]:
        """Return every place of every phrase, in no particular order."""
        lowered = lower_in_place(text)
        hits = self._by_word.keys() & WORD.findall(lowered)
        if "" in self._by_word:  # phrases without a letter or digit
            hits.add("")
        return [
            found
            for word in hits
            for phrase in self._by_word[word]
            for found in phrase.find(lowered)
        ]


class _Phrase:
    """Finds one phrase; by its first word, since `str.find` is many times as fast as `re`."""

    def __init__(self, phrase: str) -> None:
        words = lower_in_place(phrase).replace("’", "'").split()
        self._phrase = phrase
        self._head = words[0].partition("'")[0] or "'"
        literal = _SPACE.join(re.escape(word).replace("'", "['’]") for word in words)
        self._match = re.compile(rf"{literal}(?!\w|-\w)").match

    def find(self, lowered: str) -> Iterator[FoundPhrase]:
        place = lowered.find(self._head)
        while place >= 0:
            if not _continues_word(lowered, place) and (match := self._match(lowered, place)):
                yield FoundPhrase(place, match.end(), self._phrase)
            place = lowered.find(self._head, place + 1)


def phrase_words(phrase: str) -> set[str]:
    """Return the words of a phrase in lower case."""
    return set(WORD.findall(lower_in_place(phrase)))


def lower_in_place(text: str) -> str:
    """Return a text in lower case with every character at its place: İ, else two, stays."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


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


def _continues_word(text: str, place: int) -> bool:
    """Whether a letter, or a hyphen behind a letter, stands before a place."""
    if place and text[place - 1] == "-":
        place -= 1
    return place > 0 and (text[place - 1] == "_" or text[place - 1].isalnum())
