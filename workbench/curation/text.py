"""Repair of text: encodings decoded wrongly, Unicode form, invisible characters, whitespace."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from workbench.curation.recipe import CleanRules

# Control characters but tab and newline; soft hyphen; zero-width and direction marks; BOM.
# Zero-width joiner and non-joiner (200C, 200D) carry meaning in several scripts and in emoji.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_ASCII_INVISIBLE = dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F])
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u0085")
_PARAGRAPH_END = re.compile("\u2029")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000\v\f]")
_INNER_RUN = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)|(?<=\S)\t(?=\S)")
_LINE_TAIL = re.compile(r"[ \t]+\n")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str, rules: CleanRules) -> tuple[str, tuple[str, ...]]:
    """Repair a text.

    Returns: The text, and the names of the rules that changed it.
    """
    applied = []
    for name, repair in _REPAIRS:
        if getattr(rules, name):
            repaired = repair(text)
            if repaired != text:
                applied.append(name)
                text = repaired
    return text, tuple(applied)


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


_REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("mojibake", _fix_mojibake),
    ("unicode", _fix_form),
    ("invisible", _fix_invisible),
    ("whitespace", _fix_whitespace),
)
