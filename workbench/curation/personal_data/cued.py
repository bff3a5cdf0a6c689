"""Personal data that only the words before it tell: birth dates, references, passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.curation.personal_data.kinds import Finding

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATE = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}([/.\- ])\d{{1,2}}\1(?:\d{{4}}|\d{{2}})"
    rf"|\d{{4}}([/.\-])\d{{1,2}}\2\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH}[ ,-]{{1,2}}\d{{4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})(?!\d)",
    re.IGNORECASE,
)
_BIRTH_REACH = 60
_DIGIT = re.compile(r"\d")
_LONGEST_MONTH = len("September ")
# A date further on may be of something else: "born in Ohio; admitted 1/2/2020".
_BIRTH_END = re.compile(
    r"[;!?\]]|\.\s|\n\n|\b(?:admitted|seen|visit|died|married)\b", re.IGNORECASE
)

_NUMBER = r"((?-i:[A-Z]{1,3} )?(?=[\w:/.-]{0,24}\d)[A-Z\d](?:[ ]?[A-Z\d:/.-]){2,31}(?<![:/.-]))"
_LINK = r"(?:\s{0,2}(?:(?:is|was|are|of|ending in|no|nos|num|number|id)\b|[#№.:=(-])){0,5}\s{0,2}"
_CUED = (
    (
        "account_number",
        rf"(?:account|acct|acc|a/c|routing|policy|member(?:ship)?|customer|client)"
        rf"(?:\s(?:number|no|num|id|ref(?:erence)?|code))?\b{_LINK}",
    ),
    (
        "case_number",
        rf"(?:case|docket|claim|file|matter|ref(?:erence)?)"
        rf"(?:\s(?:number|no|num|id))?\b{_LINK}",
    ),
    (
        "id_number",
        rf"(?:mrn|record|chart|patient|passport|employee|national|identification|"
        rf"licen[sc]e|id)(?:\s(?:number|no|num|id))?\b{_LINK}",
    ),
)
_PATTERNS = tuple((kind, re.compile(rf"{cue}{_NUMBER}\b", re.IGNORECASE)) for kind, cue in _CUED)
# A year, an amount or a short count is no number of an account: a digit string of five or more is,
# and so is a shorter one that is called a number.
_CALLED_NUMBER = re.compile(r"\b(?:no|num|number|id|mrn|ref)\b|#|№", re.IGNORECASE)
_MEASURE = re.compile(
    r"\d{1,3}(?:\.\d+)?(?:mg|ml|kg|cm|mm|years?|days?|weeks?|months?)?|\d{1,2}[/.-]\d{1,2}([/.-]\d{2,4})?"
    r"|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}",
    re.IGNORECASE,
)

_SECRET_VALUE = re.compile(
    r"[\w -]{0,20}?[\"']?\s{0,2}(?::|=|\bis\b)\s{0,2}[\"']?(?P<value>[^\s\"'<>,;]{4,256})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"earer\s{1,2}(?P<value>[A-Za-z0-9._~+/=-]{16,4096})")
_PEM = re.compile(
    r"BEGIN ((?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-----[\s\S]{1,16384}?-----END \1-----"
)
_PEM_CUT = re.compile(
    r"BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\w+/=\s]{0,16384}"
)


def birth_behind(text: str, _first: int, last: int) -> tuple[Finding, ...]:
    """Find the date behind a word such as "born" or "DOB"."""
    end = min(len(text), last + _BIRTH_REACH)
    digit = _DIGIT.search(text, last, end)
    if not digit:
        return ()
    # A month in words may stand before the first digit.
    match = DATE.search(text, max(last, digit.start() - _LONGEST_MONTH), end)
    if match and not _BIRTH_END.search(text, last, match.start()):
        return (Finding("date_of_birth", match.start(), match.end()),)
    return ()


def number_behind(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find the number behind a cue at `first`; `last` is where its digits begin."""
    for kind, pattern in _PATTERNS:
        match = pattern.match(text, first)
        if match and match.start(1) <= last:
            value, cue = _trimmed(match[1]), text[first : match.start(1)]
            if _is_reference(value, cue):
                yield Finding(kind, match.start(1), match.start(1) + len(value))
                return


def _trimmed(value: str) -> str:
    """Cut the words behind a number that the pattern, blind to case, took for its last groups."""
    parts = value.split(" ")
    while len(parts) > 1 and not any(map(str.isdigit, parts[-1])):
        parts.pop()
    kept = [parts[0]]
    for part in parts[1:]:
        if any(map(str.isalpha, part)) and not any(map(str.isdigit, part)):
            break
        kept.append(part)
    return " ".join(kept).rstrip(":/.-")


def _is_reference(value: str, cue: str) -> bool:
    n_digits = sum(map(str.isdigit, value))
    if _MEASURE.fullmatch(value) or n_digits < 3:
        return False
    return n_digits >= 5 or bool(_CALLED_NUMBER.search(cue))


def secret_behind(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find the value behind a word such as "password", and private keys in PEM form."""
    if text.startswith("BEGIN ", first):
        match = _PEM.match(text, first) or _PEM_CUT.match(text, first)
        if match:
            yield Finding("secret", max(0, first - 5), match.end())
        return
    match = _BEARER.match(text, first + 1) or _SECRET_VALUE.match(text, last, last + 320)
    if match and _is_secret(match["value"], text[last : match.start("value")]):
        end = match.start("value") + len(match["value"].rstrip(".)]"))
        yield Finding("secret", match.start("value"), end)


def _is_secret(value: str, link: str) -> bool:
    """Tell a secret from a word of a sentence: "the password is required"."""
    if value.startswith("["):
        return False
    return ":" in link or "=" in link or not value.rstrip(".,").isalpha() or "earer" in link
