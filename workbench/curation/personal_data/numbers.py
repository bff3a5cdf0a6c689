"""What a long number is: a card, a social security or other national number, a telephone number.

In doubt a number is taken for a telephone number: a lost case number costs less than a published
telephone number. Dates, amounts and decimal numbers are left alone, since they are what many tasks
are about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from workbench.curation.personal_data import checksums, contacts
from workbench.curation.personal_data.kinds import Finding

DASH = r"\-\u2010-\u2015\u2212"  # for use within a character class
_GAP = rf"[ .{DASH}]"
_SSN = re.compile(rf"(?<!\d)\d{{3}}( ?[.{DASH}] ?| )\d{{2}}\1\d{{4}}(?!\d)")
_SSN_CUE = re.compile(r"(?<!\[)(?:\bssn|social security)[^\d\n\]]{0,30}$", re.IGNORECASE)
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ ]?\d{1,6})?"
_INTERNATIONAL = re.compile(
    rf"(?<!\d)(?:\+|00)[1-9](?:[ ().{DASH}/]{{0,3}}\d){{6,14}}\d{{0,40}}{_EXTENSION}"
)
_NORTH_AMERICAN = re.compile(
    rf"(?<!\d)(?:(?:001|1)[ .{DASH}]?)?(?:\(\d{{3}}\)[ .{DASH}]{{0,2}}|\d{{3}}[ .{DASH}]{{1,3}})"
    rf"\d{{3}}[ .{DASH}]{{1,3}}\d{{4}}(?!\d){_EXTENSION}"
)
_PHONES = (_INTERNATIONAL, _NORTH_AMERICAN)
_AFTER_NUMBER_WORD = re.compile(
    rf"(?<!\d)(?:1?\d{{10}}|\d{{3}}[ .{DASH}]?\d{{4}})(?!\d){_EXTENSION}"
)
_AFTER_PHONE_WORD = re.compile(rf"(?<!\d)\(?\d(?:[ ().{DASH}/]{{0,3}}\d){{6,14}}(?!\d){_EXTENSION}")
_LOCAL_FICTIONAL = re.compile(rf"(?<![\d.,$€£])555[ .{DASH}]\d{{4}}(?!\d){_EXTENSION}")
_NUMBER_WORD = re.compile(
    r"\b(?:contact|reach|reached|number|dial|voicemail)\b[^\d\n\]]{0,30}$", re.I
)
# Numbers that say what they are, and no telephone: `cued` finds them.
_OTHER_NUMBER = re.compile(
    r"\b(?:account|acct|case|claim|policy|licen[sc]e|record|passport|docket|member|file|id|mrn)"
    r"(?:\s(?:number|no|num|id))?\b[^\w\n]{0,4}(?:(?:is|was)\s)?[^\w\n]{0,4}$",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"(?<!\[)\b(?:phone|tel|telephone|call|called|cell|mobile|fax|text|whatsapp|desk)"
    r"\b[^\d\]]{0,30}$",
    re.IGNORECASE,
)
_PHONE_WORD_BEHIND = re.compile(r"[ ,(-]{1,3}(?:office|fax|mobile|cell|home|desk|tel)\b", re.I)
_CUE_REACH = 45
_DATE = re.compile(r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4})(?!\d)[ ]?")
_AMOUNT = re.compile(r"\d{1,15}\.\d{1,2}|\d{4}[-–]\d{4}")

_CARD = re.compile(rf"(?<!\d)\d(?:[ {DASH}]{{0,2}}\d){{11,18}}(?!\d)")
_CARD_GROUPS = re.compile(
    rf"(?<!\d)(?=[2-6])(?:\d{{13,19}}|(?:\d{{4}}[ {DASH}]{{1,2}}){{3}}\d{{4}}"
    rf"|\d{{4}}[ {DASH}]{{1,2}}\d{{6}}[ {DASH}]{{1,2}}\d{{4,5}})(?!\d)"
)
_CARD_CUE = re.compile(
    r"(?<!\[)\b(?:card|cc|visa|mastercard|amex|american express|discover|maestro|debit|credit)\b"
    r"[^\d\n\]]{0,25}$",
    re.IGNORECASE,
)
_FROM_DIGIT_TO_DIGIT = re.compile(r"\d(?:.*\d)?", re.DOTALL)
_NOT_DIGITS = re.compile(r"\D")


def numbers_in(text: str, first: int, last: int, region: str) -> list[Finding]:
    """Find what a number with separators holds.

    Args:
        text: The text.
        first: Where its first digit stands.
        last: Where it ends.
        region: Country whose telephone numbers are known as written there, such as US.
    """
    match = _NORTH_AMERICAN.match(text, first - 1 if text.startswith("(", first - 1) else first)
    if match and match.end() >= last:  # by far the commonest form
        return [Finding("phone", match.start(), match.end())]
    low, high = max(0, first - 2), min(len(text), last + 14)
    found = [Finding("ssn", *match.span()) for match in _SSN.finditer(text, low, high)]
    for pattern in _PHONES:
        found += [Finding("phone", *match.span()) for match in pattern.finditer(text, low, high)]
    if found and found[-1].end >= last and found[0].start <= first:
        return found
    found += contacts.ip4_in(text, low, high)
    if found and found[0].start <= first and found[0].end >= last:
        return found
    if last - first >= 8:
        found += _cards(text, low, last)
        found += _national(text, low, high)
    for start, end in _left_over(text, first, last, found):
        found += _less_certain(text, start, end, region)
    return found


def _left_over(
    text: str, first: int, last: int, found: Sequence[Finding]
) -> Iterator[tuple[int, int]]:
    """Yield the parts of a number outside what was found, from digit to digit."""
    for each in (*sorted(found, key=itemgetter(1)), Finding("", last, last)):
        part = _FROM_DIGIT_TO_DIGIT.search(text, first, max(first, each.start))
        if part:
            yield part.span()
        first = max(first, each.end)


def _cards(text: str, low: int, high: int) -> Iterator[Finding]:
    """Find numbers of a card's length with a right check digit, or that are called a card."""
    for match in _CARD.finditer(text, low, high):
        if _CARD_CUE.search(text[max(0, match.start() - _CUE_REACH) : match.start()]):
            yield Finding("card", match.start(), match.end())
    # What follows may be its date or code: this pattern takes what cards are grouped like.
    for match in _CARD_GROUPS.finditer(text, low, high):
        if checksums.luhn(_NOT_DIGITS.sub("", match[0])):
            yield Finding("card", match.start(), match.end())


def _less_certain(text: str, first: int, last: int, region: str) -> Iterator[Finding]:
    date = _DATE.match(text, first, last)
    if date:  # with a time behind it, or a number
        first = date.end()
    before, piece = text[max(0, first - _CUE_REACH) : first], text[first:last]
    if len(piece) == 9 and piece.isdigit() and _SSN_CUE.search(before):
        yield Finding("ssn", first, last)
        return
    if _AMOUNT.fullmatch(piece) or _OTHER_NUMBER.search(before):
        return
    match = _LOCAL_FICTIONAL.search(text, first)
    if match and match.start() < last:
        yield Finding("phone", match.start(), match.end())
        return
    start = first - text.startswith("(", first - 1) if first else 0
    match = _phone_with_word(text, start, last, before.rstrip("("))
    if match:
        yield Finding("phone", match.start(), match.end())
    elif last - first >= 8:
        yield from _as_written_in(text, first, last, region)


def _phone_with_word(text: str, first: int, last: int, before: str) -> re.Match[str] | None:
    if _PHONE_WORD.search(before) or _PHONE_WORD_BEHIND.match(text, last):
        return _AFTER_PHONE_WORD.match(text, first)
    return _AFTER_NUMBER_WORD.match(text, first) if _NUMBER_WORD.search(before) else None


def _as_written_in(text: str, first: int, last: int, region: str) -> Iterator[Finding]:
    """Numbers that are valid in a country's numbering plan, as written there.

    The library takes time that grows with the length, so a long number is looked at in pieces,
    which overlap by more than a telephone number.
    """
    import phonenumbers

    for start in range(first, last, 360):
        low = start - 1 if text[max(0, start - 1)] in "(+" else start
        high = min(start + 400, last)
        for match in phonenumbers.PhoneNumberMatcher(text[low:high], region):
            yield Finding("phone", low + match.start, low + match.end)


def _digits(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda value: check(_NOT_DIGITS.sub("", value))


def _always(value: str) -> bool:
    return True


# Pattern, check of the value, words of which one must stand before it ("": none is needed).
_NATIONAL: tuple[tuple[re.Pattern[str], Callable[[str], bool], str], ...] = (
    # United Kingdom: NINO; prefixes as in HMRC NIM39110
    (re.compile(r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?"
                r"\d{2} ?[A-D]\b", re.I), _always, ""),
    # Spain: DNI, NIE
    (re.compile(r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b", re.I),
     lambda value: checksums.spanish_id(value.upper().replace("-", "")), ""),
    # France: NIR
    (re.compile(r"(?<!\d)[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d\d ?\d{3} ?\d{3} ?\d\d(?!\d)"),
     _digits(checksums.nir), ""),
    # India: Aadhaar, PAN
    (re.compile(r"(?<!\d)[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?![ -]?\d)"),
     _digits(checksums.verhoeff), ""),
    (re.compile(r"\b[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]\b"), _always, ""),
    # Brazil: CPF
    (re.compile(r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)"), _digits(checksums.cpf), ""),
    (re.compile(r"(?<!\d)\d{11}(?!\d)"), checksums.cpf, "cpf"),
    # Italy: codice fiscale
    (re.compile(r"\b[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]\b", re.I),
     lambda value: checksums.codice_fiscale(value.upper()), ""),
    # Germany: Identifikationsnummer
    (re.compile(r"(?<!\d)\d{2} ?\d{3} ?\d{3} ?\d{3}(?!\d)"), _digits(checksums.german_tax_id),
     "steuer|idnr|tax id|identifikationsnummer"),
    # Poland: PESEL
    (re.compile(r"(?<!\d)\d{2}[0-3]\d[0-3]\d{6}(?!\d)"), checksums.pesel, "pesel"),
    # Sweden: personnummer
    (re.compile(r"(?<!\d)(?:19|20)?\d{2}[01]\d[0-3]\d[-+]\d{4}(?!\d)"),
     lambda value: checksums.luhn(_NOT_DIGITS.sub("", value)[-10:]), ""),
    # Netherlands: BSN
    (re.compile(r"(?<!\d)\d{9}(?!\d)"), checksums.bsn, "bsn|burgerservice"),
    # England: NHS number
    (re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)"), _digits(checksums.nhs_number), "nhs"),
)  # fmt: skip


def national_in(text: str, first: int, last: int) -> list[Finding]:
    """Find national numbers that hold letters."""
    return list(_national(text, first, last))


def _national(text: str, low: int, high: int) -> Iterator[Finding]:
    low, high = max(0, low - 3), min(len(text), high + 3)
    before = text[max(0, low - _CUE_REACH) : low + 3].lower()
    for pattern, check, cue in _NATIONAL:
        if cue and not re.search(cue, before):
            continue
        for match in pattern.finditer(text, low, high):
            if check(match[0]):
                yield Finding("national_id", match.start(), match.end())
