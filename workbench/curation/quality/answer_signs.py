"""Signs in one text that it was cut off, never filled in, or wrongly decoded.

Each function returns names of signs and counts, never the text. A cheap test of a literal stands
before each pattern, as nearly all texts have none of it.
"""

from __future__ import annotations

import re

from workbench.curation.quality.shape import ends_open

_BRACKETS = ("()", "[]", "{}")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_QUOTE = re.compile(r'(?<!\d)"')  # not the inches of 5'10"
_WORD = re.compile(r"[^\W_]+")
_LAST_WORD = re.compile(r"[^\W\d_]{2,}\Z")

# Words in capitals between brackets may be what redaction put there, as in [EMAIL].
_PLACEHOLDER = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX+)\b"
    r"|(?i:lorem ipsum)"
    r"|\[(?i:insert|your|enter|add|fill in|specify|to be)\b[^\]\n]{0,60}\]"
    r"|<(?i:insert|your|enter|add|fill in)\b[^>\n]{0,60}>"
    r"|(?<![\w$])\{\{?[ ]?[A-Za-z_]{2,30}[ ]?\}\}?(?!\w)"
)
_PLACEHOLDER_GUARDS = ("TODO", "FIXME", "TBD", "XXX", "[", "<", "{")

# UTF-8 read as Latin-1 or Windows-1252 shows as these pairs (ftfy's documentation has the table).
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf]|â[\u0080\u20ac][\u0080-\u2122]|ï»¿")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,6}|#x[0-9a-fA-F]{2,5});")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[nrt](?=\\|[A-Z]|\s|$)")
_TAG = re.compile(r"</?(?:p|br|div|span|td|tr|font|b|i|strong|em)\b[^<>]{0,200}>", re.IGNORECASE)


def cut_off_signs(text: str, source: str = "") -> tuple[str, ...]:
    """Return the signs that a text was cut off.

    Args:
        text: The answer.
        source: The input that it answers; a last word that is only the beginning of a word there
            was cut.

    Returns: Of `ellipsis`, `bracket`, `quotation`, `code` and `word`, those that are there.
    """
    body = text.rstrip()
    signs = []
    if body.endswith(("...", "…")):
        signs.append("ellipsis")
    if any(_left_open(body, *pair) for pair in _BRACKETS):
        signs.append("bracket")
    if _quotation_open(body):
        signs.append("quotation")
    if ("```" in body or "~~~" in body) and len(_FENCE.findall(body)) % 2:
        signs.append("code")
    if source and ends_open(body) and _ends_in_word(body, source):
        signs.append("word")
    return tuple(signs)


def count_placeholders(text: str) -> int:
    """Return how many places a text has that somebody meant to fill in."""
    if any(guard in text for guard in _PLACEHOLDER_GUARDS) or "orem ipsum" in text.lower():
        return len(_PLACEHOLDER.findall(text))
    return 0


def debris(text: str) -> dict[str, int]:
    r"""Return how often a text has each kind of left-over.

    Returns: Counts above 0 of `replacement` (the character for what could not be decoded),
    `mojibake`, `entity` and `tag` (HTML), and `escape` (written out, as in `\n`).
    """
    counts = {}
    if not text.isascii():
        counts["replacement"] = text.count("\ufffd")
        counts["mojibake"] = len(_MOJIBAKE.findall(text))
    if "&" in text:
        counts["entity"] = len(_ENTITY.findall(text))
    if "\\" in text:
        counts["escape"] = len(_ESCAPE.findall(text))
    if "<" in text:
        counts["tag"] = len(_TAG.findall(text))
    return {name: count for name, count in counts.items() if count}


def _left_open(text: str, opening: str, closing: str) -> bool:
    """Tell whether the last opening has no closing behind it; ":(" is a face."""
    last = text.rfind(opening)
    return last > text.rfind(closing) and text[max(0, last - 1) : last] not in (":", ";", "-")


def _quotation_open(text: str) -> bool:
    if text.rfind("“") > text.rfind("”") and "„" not in text:
        return True
    return '"' in text and len(_QUOTE.findall(text)) % 2 == 1


def _ends_in_word(text: str, source: str) -> bool:
    last = _LAST_WORD.search(text)
    if last is None:
        return False
    fragment = last.group().casefold()
    known = {word.casefold() for word in _WORD.findall(source)}
    known.update(word.casefold() for word in _WORD.findall(text[: last.start()]))
    return fragment not in known and any(word.startswith(fragment) for word in known)
