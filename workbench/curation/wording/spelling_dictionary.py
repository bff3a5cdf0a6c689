"""English words with their frequencies, and the words that are one slip of the pen away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

# symspellpy's list: words of SCOWL with their counts in Google Books.
_DICTIONARY = "frequency_dictionary_en_82_765.txt"
# Written without their apostrophe in haste; one letter away from other words, so never guessed at.
_HASTY = frozenset(
    (
        *("arent", "cant", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent", "hes"),
        *("isnt", "ive", "lets", "shes", "shouldnt", "thats", "theyre", "theyve", "wasnt"),
        *("werent", "weve", "whats", "wont", "wouldnt", "youre", "youve"),
    )
)
# Forms on either side of the Atlantic; the dictionary has honoured, but not honored.
_ATLANTIC = (
    *(("or", "our"), ("our", "or"), ("iz", "is"), ("is", "iz"), ("yz", "ys"), ("ys", "yz")),
    *(("er", "re"), ("re", "er"), ("ll", "l"), ("l", "ll"), ("e", "ae"), ("ae", "e")),
    *(("e", "oe"), ("oe", "e"), ("og", "ogue"), ("ogue", "og")),
)
_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "ness")
_BEGINNINGS = ("non", "re", "un", "de", "pre", "post", "anti", "over", "under", "sub", "inter")
_MIN_STEM = 3


class WordList:
    """Words with counts, and lookup of those one edit from a given word.

    An edit is a letter lost, added, replaced or swapped with the next; Damerau 1964 found 80 % of
    misspellings to be one such edit.

    Attributes:
        counts: How often each word occurs, at least 1.
        total: The sum of the counts.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        from symspellpy import SymSpell

        self._index = SymSpell(max_dictionary_edit_distance=1)
        for word, count in counts.items():
            self._index.create_dictionary_entry(word, count)
        self.counts = counts
        self.total = sum(counts.values())

    def neighbours(self, word: str) -> dict[str, int]:
        """Return the words one edit away, with their counts."""
        from symspellpy import Verbosity

        found = self._index.lookup(word, Verbosity.ALL, max_edit_distance=1)
        return {item.term: item.count for item in found if item.distance == 1}


@cache
def english_counts() -> Mapping[str, int]:
    """Return the English words with their counts in books."""
    lines = (files("symspellpy") / _DICTIONARY).read_text(encoding="utf-8-sig").splitlines()
    pairs = (line.split() for line in lines)
    return {word: int(count) for word, count in pairs}


@cache
def english() -> WordList:
    """Return the English words, with what is needed to look up those nearby."""
    return WordList(english_counts())


@cache
def is_english(word: str) -> bool:
    """Whether a lower-case word is English, in American or British form, or formed regularly."""
    counts = english().counts
    if word in counts or word in _HASTY:
        return True
    return any(stem in counts for stem in regular_stems(word)) or any(
        old in word and _replaced_once(word, old, new) & counts.keys() for old, new in _ATLANTIC
    )


def n_ways_to_slip(intended: str, written: str) -> int:
    """Return how many slips of the same kind the intended word offers, over 26 letters.

    The words are one edit apart: a letter lost, added, swapped with the next, or replaced.
    """
    if len(written) < len(intended):
        return len(intended)
    if len(written) > len(intended):
        return 26 * (len(intended) + 1)
    return len(intended) - 1 if sorted(written) == sorted(intended) else 25 * len(intended)


def regular_stems(word: str) -> list[str]:
    """Return the words of which a word may be a regular form; `+ "s"` for a listed plural's own."""
    latin = [word[:-1]] if word.endswith("ae") else []
    stems = (
        f"{word}s",
        *latin,
        *(word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)),
        *(word.removeprefix(start) for start in _BEGINNINGS if word.startswith(start)),
    )
    return [stem for stem in stems if len(stem) >= _MIN_STEM]


def _replaced_once(word: str, old: str, new: str) -> set[str]:
    starts = [place for place in range(len(word)) if word.startswith(old, place)]
    return {f"{word[:place]}{new}{word[place + len(old) :]}" for place in starts}
