"""Typos: words that are none, and are one slip of the pen away from a word that is likely here.

The confidence that a word w was meant to be s is a posterior of the noisy channel (Kernighan,
Church and Gale 1990, "A spelling correction program based on a noisy channel model"):

    confidence(s | w) = p(s) p(w | s) / (sum over s' of p(s') p(w | s')  +  p(w is a new word))

    p(s)           share of s among words, in English and in the user's rows together: the rows
                   count for n / (n + 10,000) halves of it, n being the words that they hold
    p(w | s)       0.01 / 4 / number of places where a slip of this kind could happen in s
    p(new word)    0.001 * 0.1 ** letters, as Shannon 1951 gives English 3.3 bits a letter; letters
                   after the seventh count for nothing, since long words are built of known parts

So a frequent intended word, a slip that has few places (two letters swapped) and the absence of
another candidate raise the confidence. Two kinds of slips are suggested only, never corrected: in
the first letter, which is rare (8 % of slips in Pollock and Zamora 1984) while tearful and fearful
are two words; and of the last letter lost or added, since minima and minimal are two words as well,
and a text that was cut off ends in half a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.curation.wording.changes import Change, Edited, edit_once, make_changes
from workbench.curation.wording.phrases import overlaps
from workbench.curation.wording.protected import ProtectedSpans
from workbench.curation.wording.spelling_dictionary import (
    WordList,
    english,
    is_english,
    n_ways_to_slip,
    regular_stems,
)
from workbench.curation.wording.word_counts import WordCounts

CONFIDENCE = 0.9
KNOWN_ROWS = 5
_WORTH_A_LOOK = 0.5
_SLIP_RATE = 0.01 / 4  # slips a word, of each of the four kinds
_NEW_WORD_RATE = 0.001
_MANY_WORDS = 10_000
_NEW_LETTER = 0.1
_TELLING_LETTERS = 7
# A word that stands in many rows is a misspelling all the same if the word that it resembles
# stands in ten times as many.
_DOMINATED = 10
_MIN_ENGLISH_SHARE = 0.6
_LETTERS = re.compile(r"[^\W\d_]+")
# Whole words of ASCII letters: not parts of identifiers, paths, addresses, compounds or numbers.
# Capitals within a word and words of capitals are names and abbreviations.
_CHECKED = re.compile(r"(?<![^\s\"'“‘(\[—])[A-Za-z][a-z]{3,29}(?=[.,;:!?\"'”’)\]—]{0,3}(?:\s|$))")
_MAX_CHUNKS = 200_000


@dataclass(frozen=True, slots=True)
class Correction:
    """What a word was probably meant to be, with the confidence in 0-1."""

    word: str
    confidence: float


class SpellChecker:
    """Corrects typos of which it is confident, and suggests where it is less so.

    Only words of four to thirty ASCII letters are looked at, in texts of which at least 60 % of the
    words are English. Capitalised words are never changed: where the corpus has them in
    mid-sentence they are names, else they get suggestions. Numbers, identifiers, addresses, code
    and text between double quotation marks are left alone.

    Args:
        counts: The words of the corpus; a word in `known_rows` texts or more is no typo, unless it
            resembles one that stands in ten times as many.
        known: Wordings that are right, such as the glossary's.
        protected: Where nothing is changed; with `quotes`.
        confidence: Corrections are made from this confidence on, in 0-1; suggestions from 0.5 on.
        known_rows: See `counts`.
    """

    def __init__(
        self,
        counts: WordCounts,
        known: Iterable[str] = (),
        protected: ProtectedSpans | None = None,
        *,
        confidence: float = CONFIDENCE,
        known_rows: int = KNOWN_ROWS,
    ) -> None:
        self._rows = counts.rows
        self._n_words = sum(counts.rows.values())
        self._protected = protected or ProtectedSpans(quotes=True)
        self._confidence = confidence
        self._judged: dict[str, Correction | None] = {}
        self._standings: dict[str, str] = {}
        self._usual_chunks: set[str] = set()
        self._unusual_chunks: dict[str, tuple[str, ...]] = {}
        self._given = {word for wording in known for word in _LETTERS.findall(wording.lower())}
        self._names = counts.names
        self._known_rows = known_rows

    def apply(self, text: str) -> Edited:
        """Return the text without confident typos; a second pass changes nothing."""
        return edit_once(self._edit, text)

    def judge(self, word: str) -> Correction | None:
        """Return the likeliest intended word, or None for a word that is known or like no other.

        Args:
            word: In lower case.
        """
        if word not in self._judged:
            right = is_english(word) or any(
                self._is_known(form) for form in (word, *regular_stems(word))
            )
            self._judged[word] = None if right else self._likeliest(word)
        return self._judged[word]

    def unusual_words(self, text: str) -> list[str]:
        """Return the words whose standing in the corpus decides what is changed in a text."""
        return sorted({word.lower() for word in self._unusual_words(text)})

    def standing(self, words: Sequence[str]) -> str:
        """Return what the corpus says of unusual words: all of it that decides any change.

        The word that one was meant to be is looked at as well, since a second pass over the text
        would meet it.
        """
        known = self._standings
        for word in words:
            if word not in known:
                verdict = self._verdict(word)
                meant = self.judge(word) if verdict else None
                known[word] = f"{verdict} {self._verdict(meant.word)}" if meant else ""
        return "\n".join([known[word] for word in words])

    def _verdict(self, word: str) -> str:
        correction = self.judge(word)
        if correction is None or not self._is_doubtful(word):
            return ""
        is_sure = correction.confidence >= self._confidence
        return f"{correction.word}{'!' if is_sure else '?'}"

    @cached_property
    def _own(self) -> WordList:
        """The project's own words: made when the first word is judged, since it takes a second."""
        frequent = {
            word: n_rows
            for word, n_rows in self._rows.items()
            if n_rows >= self._known_rows
            and not is_english(word)
            and not self._is_dominated(word, n_rows)
        }
        return WordList({**dict.fromkeys(self._given, 1), **frequent})

    def _is_known(self, word: str) -> bool:
        return word in self._own.counts or word in self._names

    def _edit(self, text: str) -> Edited:
        doubtful = self._doubtful_words(text)
        if not doubtful or not _is_mostly_english(text):
            return Edited(text)
        protected = self._protected.find(text)
        changes: list[Change] = []
        suggestions: list[Change] = []
        for match in _CHECKED.finditer(text):
            word = match.group()
            if word not in doubtful or overlaps(protected, *match.span()):
                continue
            correction = self.judge(word.lower())
            if correction is None:
                continue
            sure = _is_within(word, correction.word) and correction.confidence >= self._confidence
            after = correction.word if word[0].islower() else correction.word.capitalize()
            (changes if sure else suggestions).append(Change(match.start(), word, after))
        return Edited(make_changes(text, changes), tuple(changes), tuple(suggestions))

    def _doubtful_words(self, text: str) -> set[str]:
        return {word for word in self._unusual_words(text) if self._is_doubtful(word)}

    def _unusual_words(self, text: str) -> set[str]:
        """Return the words that are looked at and are not English, as they are written."""
        unusual: set[str] = set()
        for chunk in set(text.split()) - self._usual_chunks:
            unusual.update(self._unusual_chunks.get(chunk) or self._look_at(chunk))
        return unusual

    def _look_at(self, chunk: str) -> tuple[str, ...]:
        words = tuple(w for w in _CHECKED.findall(chunk) if not is_english(w.lower()))
        if len(self._usual_chunks) + len(self._unusual_chunks) < _MAX_CHUNKS:
            if words:
                self._unusual_chunks[chunk] = words
            else:
                self._usual_chunks.add(chunk)
        return words

    def _is_doubtful(self, word: str) -> bool:
        correction = self.judge(word.lower())
        least = min(_WORTH_A_LOOK, self._confidence)
        return correction is not None and correction.confidence >= least

    def _likeliest(self, word: str) -> Correction | None:
        weights = {
            intended: self._share(intended, count) * _SLIP_RATE / n_ways_to_slip(intended, word)
            for intended, count in self._candidates(word).items()
        }
        if not weights:
            return None
        best = max(sorted(weights), key=weights.__getitem__)
        new_word = _NEW_WORD_RATE * _NEW_LETTER ** min(len(word), _TELLING_LETTERS)
        return Correction(best, weights[best] / (sum(sorted(weights.values())) + new_word))

    def _candidates(self, word: str) -> dict[str, int]:
        """Return the words one edit away with their counts in English."""
        own = dict.fromkeys(self._own.neighbours(word), 0)
        return {**own, **english().neighbours(word)}

    def _share(self, word: str, count: int) -> float:
        # n in the weight cancels n in the share of the rows, so that no rows are no case apart
        weight = 0.5 / (self._n_words + _MANY_WORDS)
        in_english = (1 - weight * self._n_words) * count / english().total
        return in_english + weight * self._rows.get(word, 0)

    def _is_dominated(self, word: str, n_rows: int) -> bool:
        likes = english().neighbours(word)
        return any(self._rows.get(like, 0) >= _DOMINATED * n_rows for like in likes)


def _is_within(written: str, intended: str) -> bool:
    """Whether a slip is neither in the first letter nor the loss or gain of the last.

    Corrections are in lower case, so a capitalised word differs from all in the first letter.
    """
    at_end = written.startswith(intended) or intended.startswith(written)
    return written[0] == intended[0] and not at_end


def _is_mostly_english(text: str) -> bool:
    words = _LETTERS.findall(text.lower())
    return sum(map(is_english, words)) >= _MIN_ENGLISH_SHARE * len(words)
