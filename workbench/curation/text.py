"""Repair of text: encodings decoded wrongly, Unicode form, invisible characters, whitespace."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.curation.recipe import CleanRules
from workbench.curation.wording.changes import Change, diff_spans

# Control characters but tab and newline; soft hyphen; zero-width and direction marks; BOM.
# Zero-width joiner and non-joiner (200C, 200D) carry meaning in several scripts and in emoji.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
)
_ASCII_INVISIBLE = dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F])
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u0085")
_PARAGRAPH_END = re.compile("\u2029")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000\v\f]")
_INNER_RUN = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)|(?<=\S)\t(?=\S)")
_LINE_TAIL = re.compile(r"[ \t]+\n")
_BLANK_LINES = re.compile(r"\n{3,}")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text after its repair; each rule's changes count in what the rules before it left."""

    text: str
    changes: dict[str, tuple[Change, ...]]


def clean_text(text: str, rules: CleanRules) -> Repaired:
    """Repair a text."""
    changes = {}
    for name, repair, spans in _REPAIRS:
        if getattr(rules, name):
            repaired = repair(text)
            if repaired != text:
                changes[name] = spans(text, repaired)
                text = repaired
    return Repaired(text, changes)


def canonical(text: str) -> str:
    """Return the form in which texts are compared: without case, spacing or Unicode variants."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def _fix_mojibake(text: str) -> str:
    if text.isascii():
        return text
    import ftfy

    return str(ftfy.fix_encoding(text))


def _fix_form(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _fix_invisible(text: str) -> str:
    if text.isascii():
        return text.translate(_ASCII_INVISIBLE)
    # Carriage returns, form feeds and next-line are whitespace, and the next rule's business.
    return _INVISIBLE.sub("", text)


def _fix_whitespace(text: str) -> str:
    """Tidy whitespace; each step stands behind a cheap test, as most texts need few of them."""
    if not text.isascii() or "\r" in text or "\v" in text or "\f" in text:
        text = _SPACES.sub(" ", _PARAGRAPH_END.sub("\n\n", _LINE_ENDS.sub("\n", text)))
    if "  " in text or "\t" in text:
        text = _INNER_RUN.sub(" ", text)
    text = text.strip()
    if " \n" in text or "\t\n" in text:
        text = _LINE_TAIL.sub("\n", text)
    return _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def _removed_spans(before: str, _: str) -> tuple[Change, ...]:
    return tuple(Change(run.start(), run[0], "") for run in _INVISIBLE.finditer(before))


def _gap_spans(before: str, after: str) -> tuple[Change, ...]:
    """Return the gaps that changed: both texts have the same words, with whitespace between."""
    gaps = zip(_gaps(before), _gaps(after), strict=True)
    return tuple(Change(start, old, new) for (start, old), (_, new) in gaps if old != new)


def _gaps(text: str) -> Iterator[tuple[int, str]]:
    """Yield what stands before each word and behind the last one, with its place."""
    place = 0
    for word in _WORD.finditer(text):
        start, end = word.span()
        yield place, text[place:start]
        place = end
    yield place, text[place:]


_REPAIRS: tuple[tuple[str, Callable[[str], str], Callable[[str, str], tuple[Change, ...]]], ...] = (
    ("mojibake", _fix_mojibake, diff_spans),
    ("unicode", _fix_form, diff_spans),
    ("invisible", _fix_invisible, _removed_spans),
    ("whitespace", _fix_whitespace, _gap_spans),
)
