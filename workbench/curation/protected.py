"""Where a text must not be changed: code, addresses, placeholders, and what the user protects."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.curation.phrases import PhraseIndex, Span
from workbench.patterns import bounded_pattern

# Every repetition is bounded, so that no text makes the search slow.
_NEVER_CHANGED = re.compile(
    r"""
    ```.{0,20000}?```                               # fenced code
    | `[^`\n]{1,500}`                               # code in a line
    | \b(?:https?|ftp)://[^\s<>"]{1,2000}           # URL
    | \bwww\.[^\s<>"]{1,500}
    | [\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}  # e-mail address, @name
    | \[[A-Z][A-Z0-9_ -]{0,60}\]                    # [EMAIL]
    | \{\{?[\w. -]{1,60}\}?\}                       # {name}, {{ name }}
    | </?[A-Za-z][^<>\n]{0,300}>                    # tag
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r'"[^"\n]{1,500}"|“[^”\n]{1,500}”|«[^»\n]{1,500}»|„[^“”\n]{1,500}[“”]')


class ProtectedSpans:
    """Finds the spans of a text within which nothing is changed.

    Args:
        phrases: Wordings left alone as whole words in any case, such as names of cases.
        patterns: Regular expressions with bounded repetitions.
        quotes: Whether text between double quotation marks is left alone as well.

    Raises:
        ValueError: A pattern is none, or could be slow (see `bounded_pattern`).
    """

    def __init__(
        self, phrases: Iterable[str] = (), patterns: Iterable[str] = (), *, quotes: bool = False
    ) -> None:
        self._phrases = PhraseIndex(phrases)
        self._patterns = [_NEVER_CHANGED, *map(bounded_pattern, patterns)]
        if quotes:
            self._patterns.append(_QUOTED)

    def find(self, text: str) -> list[Span]:
        """Return the spans, in no particular order; they may overlap."""
        spans = [(found.start, found.end) for found in self._phrases.find(text)]
        for pattern in self._patterns:
            spans += [match.span() for match in pattern.finditer(text)]
        return spans
