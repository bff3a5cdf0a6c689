"""Redaction of personal data that has a fixed form: e-mail, telephone, US social security number.

Names and addresses have no form and are not found here; docs/curation.md says so. In doubt a match
is redacted: a lost case number costs less than a published telephone number. Dates, times, amounts
and decimal numbers are left alone, since they are what many tasks are about.

Every pattern is bounded, so that no text makes it slow, and stands behind a cheap test for a
character that it needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.curation.recipe import RedactRules

_DASH = r"\-\u2010-\u2015\u2212"  # for use within a character class
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
_EMAIL = re.compile(rf"{_LOCAL}@(?:[\w-]{{1,63}}\.){{1,8}}[\w-]{{2,63}}")
_EMAIL_IN_WORDS = re.compile(
    rf"{_LOCAL}\s?[(\[]at[)\]]\s?[\w-]{{1,63}}(?:\s?(?:\.|[(\[]dot[)\]])\s?[\w-]{{2,63}}){{1,8}}",
    re.IGNORECASE,
)
_SSN = re.compile(rf"(?<!\d)\d{{3}}([ .{_DASH}])\d{{2}}\1\d{{4}}(?!\d)")
_SSN_BARE = re.compile(r"((?:\bssn|social security)[^\d\n]{0,30})\d{9}(?!\d)", re.IGNORECASE)
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ ]?\d{1,6})?"
_INTERNATIONAL = re.compile(
    rf"(?<!\d)(?:\+|00)[1-9](?:[ ().{_DASH}/]{{0,3}}\d){{6,14}}{_EXTENSION}"
)
_NORTH_AMERICAN = re.compile(
    rf"(?<!\d)(?:1[ .{_DASH}]?)?(?:\(\d{{3}}\)[ .{_DASH}]{{0,2}}|\d{{3}}[ .{_DASH}]{{1,3}})"
    rf"\d{{3}}[ .{_DASH}]{{1,3}}\d{{4}}(?!\d){_EXTENSION}"
)
_CUE = (
    r"(?:phone|tel|telephone|call|called|cell|mobile|fax|contact|reach|reached|number|text|dial|"
    r"whatsapp|voicemail)"
)
_AFTER_CUE = re.compile(
    rf"(\b{_CUE}\b[^\d\n]{{0,30}})(?:1?\d{{10}}|\d{{3}}[ .{_DASH}]?\d{{4}})(?![\d]){_EXTENSION}",
    re.IGNORECASE,
)
_LOCAL_FICTIONAL = re.compile(rf"(?<![\d.,$€£])555[ .{_DASH}]\d{{4}}(?!\d){_EXTENSION}")
# What every pattern above needs: digits with at most three separators between one and the next.
_NUMBER = re.compile(rf"\d(?:[ ().{_DASH}/]{{0,3}}\d){{6}}")
_LONG_NUMBER = re.compile(rf"\d(?:[ ().{_DASH}/]{{0,3}}\d){{7}}")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without personal data of a fixed form, and how often each type was replaced."""

    text: str
    counts: Mapping[str, int]


def redact(text: str, rules: RedactRules) -> Redacted:
    """Replace e-mail addresses, social security numbers and telephone numbers by their type.

    A second pass over the result changes nothing.
    """
    counts: dict[str, int] = {}
    for enabled, label, replace in (
        (rules.email, "EMAIL", _replace_emails),
        (rules.ssn, "SSN", _replace_ssns),
        (rules.phone, "PHONE", lambda given: _replace_phones(given, rules.phone_region)),
    ):
        if enabled:
            text, n_replaced = replace(text)
            if n_replaced:
                counts[label] = n_replaced
    return Redacted(text, counts)


def _replace_emails(text: str) -> tuple[str, int]:
    n_plain = n_words = 0
    if "@" in text:
        text, n_plain = _EMAIL.subn("[EMAIL]", text)
    if "at)" in text.lower() or "at]" in text.lower():
        text, n_words = _EMAIL_IN_WORDS.subn("[EMAIL]", text)
    return text, n_plain + n_words


def _replace_ssns(text: str) -> tuple[str, int]:
    if not _NUMBER.search(text):
        return text, 0
    text, n_formatted = _SSN.subn("[SSN]", text)
    text, n_bare = _SSN_BARE.subn(r"\1[SSN]", text)
    return text, n_formatted + n_bare


def _replace_phones(text: str, region: str) -> tuple[str, int]:
    if not _NUMBER.search(text):
        return text, 0
    total = 0
    for pattern, replacement in (
        (_INTERNATIONAL, "[PHONE]"),
        (_NORTH_AMERICAN, "[PHONE]"),
        (_AFTER_CUE, r"\1[PHONE]"),
        (_LOCAL_FICTIONAL, "[PHONE]"),
    ):
        text, n_replaced = pattern.subn(replacement, text)
        total += n_replaced
    if _LONG_NUMBER.search(text):
        text, n_national = _replace_national(text, region)
        total += n_national
    return text, total


def _replace_national(text: str, region: str) -> tuple[str, int]:
    """Replace numbers that are valid in a country's numbering plan, as written there."""
    import phonenumbers

    matches = list(phonenumbers.PhoneNumberMatcher(text, region))
    for match in reversed(matches):
        text = f"{text[: match.start]}[PHONE]{text[match.end :]}"
    return text, len(matches)
