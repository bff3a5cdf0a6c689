"""One word for one thing: the glossary's variants are replaced by their canonical terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.curation.wording.changes import Change, Edited, edit_once, make_changes
from workbench.curation.wording.phrases import FoundPhrase, PhraseIndex, overlaps, phrase_words
from workbench.curation.wording.protected import ProtectedSpans

_SENTENCE_ENDS = ".!?:\n"
_OPENING_MARKS = "\"'“‘([*_ \t"


class Glossary:
    """Replaces variants, as whole words and in any case, by their terms.

    Of variants that overlap, the leftmost and then the longest counts; a canonical term that
    stands in the text already is left alone as a whole. Each place is replaced once. Where the
    replacements of a text would form a variant with the words around them, they become
    suggestions.

    Args:
        terms: The variants of each canonical term. They hold no cycle; `Task` refuses one.
        protected: Where nothing is replaced.
    """

    def __init__(
        self, terms: Mapping[str, Sequence[str]], protected: ProtectedSpans | None = None
    ) -> None:
        self._term_of = {variant: term for term, variants in terms.items() for variant in variants}
        parts = {word for variant in self._term_of for word in phrase_words(variant)}
        own = {variant.lower() for variant in self._term_of}
        # Only a term that shares a word with a variant can hide one; `GitHub` hides no `github`.
        shields = [term for term in terms if parts & phrase_words(term) and term.lower() not in own]
        self._index = PhraseIndex([*self._term_of, *shields])
        self._protected = protected or ProtectedSpans()

    def apply(self, text: str) -> Edited:
        """Return the text in the glossary's terms; a second pass changes nothing."""
        return edit_once(self._edit, text)

    def _edit(self, text: str) -> Edited:
        found = self._index.find(text)
        if not found:
            return Edited(text)
        protected = self._protected.find(text)
        changes = tuple(
            change
            for match in found
            if match.phrase in self._term_of and not overlaps(protected, match.start, match.end)
            if (change := self._change(text, match)).before != change.after
        )
        return Edited(make_changes(text, changes), changes)

    def _change(self, text: str, match: FoundPhrase) -> Change:
        term = self._term_of[match.phrase]
        written = text[match.start : match.end]
        if _starts_sentence(text, match.start):
            # The case of the first letter tells nothing of a variant such as NDA here.
            term = term[:1].upper() + term[1:] if written[:1].isupper() else term
        if written != match.phrase:
            term = _in_case_of(written, match.phrase, term)
        return Change(match.start, written, term, self._term_of[match.phrase])


def _in_case_of(written: str, variant: str, term: str) -> str:
    """Return the term in the case in which the variant was written, if that is not its own."""
    if written.isupper() and not variant.isupper() and len(written) > 1:
        return term.upper()
    if written[0].isupper() and not variant[0].isupper():
        return term[:1].upper() + term[1:]
    return term


def _starts_sentence(text: str, place: int) -> bool:
    before = text[max(0, place - 20) : place].rstrip(_OPENING_MARKS)
    return not before or before[-1] in _SENTENCE_ENDS
