"""What a run of letters and digits is: an IBAN, a national number, a secret of a known form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.curation.personal_data import checksums
from workbench.curation.personal_data.kinds import Finding
from workbench.curation.personal_data.numbers import national_in

_IBAN = re.compile(r"[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]){11,30}", re.IGNORECASE)
_IBAN_PLAIN = re.compile(r"[A-Z\d]+")
_IBAN_CUE = re.compile(r"(?<!\[)\biban\b[^\n]{0,20}$", re.IGNORECASE)
_REACH = 80  # characters before a token within which its secret may begin
_SECRET_CHARACTERS = re.compile(r"[\w.+/=:-]{0,80}")

_SECRET_BEGIN = re.compile(
    r"(?<!\w)(?:A(?:KIA|SIA|ROA|IDA|Iza)|gh[pousr]_|github_pat|glpat-|xox|xapp-|sk-|ya29|GOCSPX|"
    r"[srpw]k_|whsec_|hf_|npm_|pypi-|SG\.|dop_v1|eyJ)"
)
# The forms that the issuers document; each begins with letters that are its own.
_SECRET = re.compile(
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}"  # GitHub
    r"|glpat-[\w-]{20,64}"  # GitLab
    r"|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255}"  # Slack
    r"|sk-(?:proj-|ant-|svcacct-)?[\w-]{20,255}"  # OpenAI, Anthropic
    r"|AIza[\w-]{35}|ya29\.[\w.-]{20,1024}|GOCSPX-[\w-]{20,64}"  # Google
    r"|[srpw]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[\w+/=]{20,255}"  # Stripe
    r"|hf_[A-Za-z0-9]{30,64}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,255}"
    r"|SG\.[\w-]{16,64}\.[\w-]{16,64}|dop_v1_[a-f0-9]{64}"
    r"|eyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{0,2048}"  # JWT: RFC 7519
)


def iban_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find the account that begins with a country and two digits.

    The check digits must be right, or the word IBAN stand before it.
    """
    if first and (text[first - 1].isalnum() or text[first - 1] == "_"):
        return
    length = checksums.IBAN_LENGTHS.get(text[first : first + 2].upper(), 0)
    match = _IBAN.match(text, first)
    if not match or not length:
        return
    end = _end_of(text, first, length)
    if text[end : end + 1].isalnum():
        return
    value = re.sub("[ -]", "", text[first:end]).upper()
    if not _IBAN_PLAIN.fullmatch(value):  # cut short: what follows it is within its length
        return
    called_so = _IBAN_CUE.search(text[max(0, first - 30) : first])
    if checksums.iban(value) or (called_so and len(value) == length):
        yield Finding("iban", first, end)


def _end_of(text: str, first: int, n_characters: int) -> int:
    """Return the place behind so many letters and digits."""
    place = first
    while place < len(text) and n_characters:
        n_characters -= text[place].isalnum()
        place += 1
    return place


def token_at(text: str, first: int, last: int) -> list[Finding]:
    """Find a national number, or a secret that begins up to a bit before the token."""
    found = national_in(text, first, last)
    before = _SECRET_CHARACTERS.match(text[max(0, first - _REACH) : first][::-1])
    start = first - (before.end() if before else 0)
    for begin in _SECRET_BEGIN.finditer(text, start, last):
        match = _SECRET.match(text, begin.start())
        if match:
            found.append(Finding("secret", *match.span()))
    return found
