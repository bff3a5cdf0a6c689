"""E-mail addresses, addresses of pages and of machines. Every pattern is bounded."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from workbench.curation.personal_data.kinds import Finding

# Read backwards from the `@`: a pattern that began at its left end would try every place before it.
_LOCAL_BACKWARDS = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{0,63}\w|[!#$%&'*+/=?^`{|}~-]{1,64}"  # what is quoted is no part of it
)
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
_LOCAL_LENGTH = 64
_WORDS_BEFORE = 90
_EMAIL_IN_WORDS = re.compile(
    r"[\w.+-]{1,64}\s?(?:[(\[]at[)\]]|(?<=\s)at(?=\s))\s?[\w-]{1,63}"
    r"(?:\s?(?:\.|[(\[]dot[)\]]|(?<=\s)dot(?=\s))\s?[\w-]{2,63}){1,8}",
    re.IGNORECASE,
)
_PLAIN_DOTS = re.compile(r"\bat\s", re.IGNORECASE)
_SCHEME_BACKWARDS = re.compile(r"[\w.+-]{0,15}[A-Za-z]")
_URL_BODY = re.compile(r"[^\s<>\"'`{}|\\^]{1,2000}")
_URL_TAIL = ".,;:!?)]"
_CREDENTIALS = re.compile(
    r"//[^/@\s]{1,200}@"
    r"|[?&;](?:access_?)?(?:token|key|api_?key|auth|password|passwd|pwd|secret|sig(?:nature)?)=.",
    re.IGNORECASE,
)
_IP4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
_IP6 = re.compile(
    r"(?<![\w:])(?:[\da-f]{0,4}:){2,8}(?:[\da-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?", re.I
)
_NO_ADDRESS = re.compile(r"(?:version|release|section|sec\.|§|\bv)\s?$", re.IGNORECASE)


def email_at(text: str, first: int, last: int) -> tuple[Finding, ...]:
    """Find the address around an `@` that stands between two places."""
    at = text.index("@", first, last)
    domain = _DOMAIN.match(text, at + 1)
    local = _LOCAL_BACKWARDS.match(text[max(0, at - _LOCAL_LENGTH) : at][::-1])
    if domain and local:
        return (Finding("email", at - local.end(), domain.end()),)
    return ()


def email_in_words(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find `jo (at) example (dot) com` around its "at" or "dot"."""
    low = max(0, first - _WORDS_BEFORE)
    for match in _EMAIL_IN_WORDS.finditer(text, low, min(len(text), last + _WORDS_BEFORE)):
        # "met at noon. Later": without a bracket, only "dot" in words makes it an address.
        if "(" in match[0] or "[" in match[0] or re.search(r"\sdot\s", match[0], re.IGNORECASE):
            yield Finding("email", match.start(), match.end())


def url_at(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find the address of a page that has its `://` or its `www` between two places."""
    if text.startswith("://", first):
        scheme = _SCHEME_BACKWARDS.match(text[max(0, first - 16) : first][::-1])
        start, body = first - (scheme.end() if scheme else 0), first + 3
    elif text.startswith(".", last) and not text.startswith("//", first - 2):
        start, body = first, last + 1
    else:
        return
    match = _URL_BODY.match(text, body)
    if match:
        end = body + len(match[0].rstrip(_URL_TAIL))
        kind = "url_with_credentials" if _CREDENTIALS.search(text, start, end) else "url"
        yield Finding(kind, start, end)


def ip4_in(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find IPv4 addresses in a number with dots; four numbers of a version are none."""
    for match in _IP4.finditer(text, first, last):
        if all(int(part) < 256 for part in match[0].split(".")) and not _NO_ADDRESS.search(
            text[max(0, match.start() - 12) : match.start()]
        ):
            yield Finding("ip", match.start(), match.end())


def ip6_in(text: str, first: int, last: int) -> Iterator[Finding]:
    """Find IPv6 addresses in a run of hexadecimal numbers and colons."""
    for match in _IP6.finditer(text, max(0, first - 5), min(len(text), last + 12)):
        value = match[0].rstrip(":") if not match[0].endswith("::") else match[0]
        if _is_ip6(value) and any(map(str.isalnum, value)):
            yield Finding("ip", match.start(), match.start() + len(value))


def _is_ip6(value: str) -> bool:
    try:
        ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return True
