"""Where a text must not be changed: code, addresses, placeholders, and what the user protects."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.curation.wording.phrases import PhraseIndex, Span
from workbench.patterns import bounded_pattern

# Each stands behind a text that it needs, which is quick to look for; every repetition is bounded,
# so that no text makes the search slow.
_NEVER_CHANGED = (
    ("`", re.compile(r"```.{0,20000}?```|`[^`\n]{1,500}`", re.DOTALL)),  # code
    ("://", re.compile(r"\b[a-z]{1,10}://[^\s<>\"]{1,2000}", re.IGNORECASE)),
    ("www.", re.compile(r"\bwww\.[^\s<>\"]{1,500}")),
    ("@", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")),
    ("[", re.compile(r"\[[A-Z][A-Z0-9_ -]{0,60}\]")),  # [EMAIL]
    ("{", re.compile(r"\{\{?[\w. -]{1,60}\}?\}")),  # {name}, {{ name }}
    ("<", re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")),  # tag
)
_QUOTED = (
    ('"', re.compile(r'"[^"\n]{1,500}"')),
    ("“", re.compile("“[^”\n]{1,500}”|„[^“”\n]{1,500}[“”]")),
    ("«", re.compile("«[^»\n]{1,500}»")),
)


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
        own = [("", bounded_pattern(pattern)) for pattern in patterns]
        self._patterns = [*_NEVER_CHANGED, *own, *(_QUOTED if quotes else ())]

    def find(self, text: str) -> list[Span]:
        """Return the spans, in no particular order; they may overlap."""
        spans = [(found.start, found.end) for found in self._phrases.find(text)]
        for needed, pattern in self._patterns:
            if needed in text:
                spans += [match.span() for match in pattern.finditer(text)]
        return spans
