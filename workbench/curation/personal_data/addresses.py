"""Postal addresses: street and number, unit, city, state and code; post boxes; forms of Europe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.curation.personal_data.kinds import Finding

_WORD = r"[^\W\d_][\w'’.-]{0,30}"
_UNIT = r"(?:apt|apartment|unit|suite|ste|floor|fl|room|rm|flat|bldg|building|lot|#)\.?"
_UNIT_TAIL = rf"(?:[,\s]{{1,3}}(?:{_UNIT}[ ]?#?[ ]?[\w-]{{1,6}}))?"
_STATE = (
    r"(?:A[LKZRAEP]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|"
    r"RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
)
_CODE = (
    r"(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|\d{4} ?[A-Z]{2})"
)
_CITY_WORD = r"(?:(?:St|Ft|Mt)\.|[A-ZÀ-ÞŁŚŻŽČŠ][\w'’]{0,30})"
_CITY = rf"{_CITY_WORD}(?:[ -]{_CITY_WORD}){{0,3}}"
# What may follow the street: city, state and code; each only with the one before it.
_TAIL = re.compile(
    rf"{_UNIT_TAIL}"
    rf"(?:,?\s{{1,2}}(?-i:{_CITY})(?:,\s{{0,2}}|\s{{1,3}})(?-i:{_STATE})(?:\s{{1,3}}\d{{5}}(?:-\d{{4}})?)?\b"
    rf"|,?\s{{1,2}}(?-i:{_CITY}),?\s{{1,2}}(?-i:{_CODE})\b"
    rf"|,?\s{{1,2}}(?-i:{_CODE})(?:\s(?-i:{_CITY_WORD}))?"
    rf")?",
    re.IGNORECASE,
)
_HOUSE = r"\d{1,6}(?:[-/]\d{1,4})?[A-Za-z]?(?:,)?"
_DIRECTION = r"(?:[NSEW]|[NS][EW]|North|South|East|West)\.?"
_ENGLISH = re.compile(
    rf"{_HOUSE}(?: {_DIRECTION})?(?: (?:\d{{1,3}}(?:st|nd|rd|th)|{_WORD})){{1,4}}\.?", re.IGNORECASE
)
_HOUSE_BEFORE = re.compile(rf"(?<!\d)\d{{1,6}} (?:{_DIRECTION} )?\Z", re.IGNORECASE)  # "9 W 42nd"
_ROMANCE = re.compile(
    rf"{_WORD}\.?(?: (?:de|de la|du|des|della|del|do|da|dos|d'|le|la|l'))?(?: {_WORD}){{1,4}}",
    re.IGNORECASE,
)
_NUMBER_BEHIND = re.compile(r",? (?:n[°ºo]\.? ?)?\d{1,5}[A-Za-z]?\b")
_GERMANIC = re.compile(
    r"[^\W\d_][\w'’.-]{1,40}?(?:stra(?:ß|ss)e|str\.?|weg|platz|gasse|allee|ring|damm|ufer|gata|gatan|"
    r"vägen|vei|veien|vej|gade|allé|straat|laan|weg|plein|katu|tie|ut|utca|gatu|braut|vegur|stræti|"
    r"stien|park|torv|gränd|kuja|polku) \d{1,4}[A-Za-z]?\b",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?:(?:p\.? ?o\.?|post(?:al)?(?: office)?)[ -]{1,2}box|(?:psc|unit|cmr)[ ]\d{1,5},?[ ]box)"
    r"[ ]?#?\d{1,6}\b",
    re.IGNORECASE,
)
_BEHIND_CUE = re.compile(
    r"(?:\s(?:is|to|at|in|on|of|now|currently)){0,3}[:\s>]{1,6}(\d{1,6}[A-Za-z]?"
    r"(?:,? (?:\d{1,6}[A-Z]{0,2}|de|la|du|des|del|der"
    r"|[A-ZÀ-ÞĀ-ŽΑ-ΩА-Я]\w{0,30}(?:\.(?= \d))?)){1,7})"
)
_BOX_LOOK_BACK = 18
_ZIP_BEHIND = re.compile(
    r"(?: ?code)?(?: is|:)? {0,2}(\d{5}(?:-\d{4})?|\d{3,5}(?:[ -]?\w{2,4})?)\b", re.I
)
_CITY_BEFORE = re.compile(r"(?:[A-ZÀ-Þ][\w'’.-]{0,30}[ ]){0,2}[A-ZÀ-Þ][\w'’.-]{0,30},?[ ]$")


def street_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find `12 Main Street` and what follows; the number is at `first`, the type ends at `last`.

    Each word between them begins with a capital or a digit ("5 minutes down the road" is none).
    """
    before = _HOUSE_BEFORE.search(text[max(0, first - 14) : first])
    starts = (first - len(before[0]), first) if before else (first,)
    for start in starts:
        words = text[start:last].split()[1:]
        named = len(words) > 1 and all(map(_may_be_of_street, words))
        if named and _ENGLISH.fullmatch(text, start, last):
            yield _with_tail(text, start, last + text.startswith(".", last))
            return


def _may_be_of_street(word: str) -> bool:
    """Tell a word of a street's name: "Main" and "St.", but not the end of a sentence."""
    return (word[0].isupper() or word[0].isdigit()) and (word[-1] != "." or len(word) <= 4)


def street_first_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find `12 rue de la Paix` and `Calle Mayor 3`; the type begins at `last`.

    `first` is where the last number before it begins, which may be far away.
    """
    match = _ROMANCE.match(text, last)
    if not match:
        return
    house = first if first >= 0 and re.fullmatch(_HOUSE + " ", text[first:last]) else None
    end = _end_of_capitals(text, last, match.end())
    behind = None if house is not None else _NUMBER_BEHIND.match(text, end)
    if house is not None or behind:
        start = last if house is None else house
        yield _with_tail(text, start, behind.end() if behind else end)


def _end_of_capitals(text: str, start: int, end: int) -> int:
    """Return where the last capitalised word ends: what follows is the sentence."""
    place = best = start
    for word in text[start:end].split(" "):
        place += len(word)
        if word[:1].isupper() or best == start:
            best = place
        place += 1
    return best - text.startswith((".", ","), best - 1)


def street_number_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find `Hauptstraße 12` between two places."""
    match = _GERMANIC.match(text, first)
    if match and match.end() >= last:
        yield _with_tail(text, first, match.end())


def box_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find `P.O. Box 12`, and boxes of the armed forces, around the word "box"."""
    low, high = max(0, first - _BOX_LOOK_BACK), min(len(text), last + 10)
    for match in _BOX.finditer(text, low, high):
        yield _with_tail(text, match.start(), match.end())


def address_behind(text: str, _first: int, last: int) -> Iterator[Finding]:
    """Find what begins with a house number behind "address" or "lives at"."""
    match = _BEHIND_CUE.match(text, last)
    if match:
        yield _with_tail(text, match.start(1), match.end(1))


def zip_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find a code behind "ZIP", or `Springfield, IL 62704` whose code begins at `last`."""
    if text[first:last].isalpha():
        match = _ZIP_BEHIND.match(text, last)
        if match:
            yield Finding("address", *match.span(1))
    elif text[first : first + 2].isupper():
        low = max(0, first - 66)
        city = _CITY_BEFORE.search(text[low:first])
        start = low + city.start() if city else first
        yield Finding("address", start, last + (10 if text.startswith("-", last + 5) else 5))


def _with_tail(text: str, first: int, last: int) -> Finding:
    match = _TAIL.match(text, last)
    return Finding("address", first, match.end() if match else last)
