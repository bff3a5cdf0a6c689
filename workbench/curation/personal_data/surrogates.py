"""Invented values in place of personal data: the same value gives the same surrogate, everywhere.

A surrogate is chosen by HMAC-SHA256 of the value, so it is equal in every row, turn and run with
the same key and unrelated under another; no map of what stands for what is kept. It has the type
and form of the original, and lies where nothing real does, so that a second pass knows it again and
leaves it:

- an e-mail address has an invented name at a domain kept for examples (RFC 2606);
- a telephone number keeps its country and grouping: 555-01xx in North America, the ranges that
  Ofcom keeps for drama in the United Kingdom, otherwise a number that begins with 000, which no
  country allots;
- a card begins with 4242 42 (a test prefix) and has a right check digit; an IBAN keeps its
  country, has X and 0 for its bank, and right check digits; an SSN has an area of the nine hundreds
  with a group below 50, which was never issued;
- an IP address is one kept for documentation (RFC 5737, RFC 3849);
- a name is put together from invented parts (see `invented`), one for each of its words, so that
  "Mr. Smith" and "Mary Smith" share theirs; a given name keeps the gender that the lists tell. Two
  names in some hundred thousand share one by chance;
- an address keeps its words for streets and states, and has numbers of the same length that begin
  with 0; a British or Canadian postal code keeps its form and begins with Q, which no area does;
- a date of birth moves by a constant of the key, 30 to 300 days, and on to the next date that the
  key knows as its own (one in 32);
- other numbers bear a mark that the key knows (see `KeyedChoices.marked`);
- a secret has no surrogate: it is replaced by its tag, since an invented one would only set off
  the next scan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache

from workbench.curation.personal_data import birth_dates, checksums, invented, lexicon, names
from workbench.curation.personal_data.keyed import KeyedChoices
from workbench.curation.personal_data.phone_surrogates import PhoneSurrogates

_CARD_PREFIX = "424242"
_IP4_NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")
_IP6_PREFIX = "2001:db8:"
_URL = re.compile(r"(?:(?P<scheme>[\w.+-]{1,16})://|www\.)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][^\W_]*|\d+|[^\w]+|_+")
# Postal codes of the United Kingdom and of Canada; no area of either begins with Q.
_CODE = re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)\b")
_ADDRESS_PART = re.compile(rf"{_CODE.pattern}|{_WORD.pattern}")
_NO_AREA = "Q"
_NUMBERS = frozenset(
    ("card", "ssn", "phone", "national_id", "account_number", "case_number", "id_number")
)
_DATE_SHARE = 32
_LEAST_DAYS, _MOST_DAYS = 30, 300
_LAST_YEAR = date.max.year - 2  # of a date that can move


class Surrogates:
    """Returns surrogates for the values of one project.

    Args:
        key: 16 bytes or more; see `KeyedChoices`.
        region: Country (ISO 3166): its telephone numbers and its order of day and month.
    """

    def __init__(self, key: bytes, region: str = "US") -> None:
        self._choices = KeyedChoices(key)
        self._phones = PhoneSurrogates(self._choices, region)
        self._month_first = region == "US"
        span = _MOST_DAYS - _LEAST_DAYS
        days = _LEAST_DAYS + self._choices.number("date", "offset") % span
        self._offset = timedelta(days=days)
        self._next_days: dict[date, date] = {}
        self._of_kind: Mapping[str, Callable[[str], str]] = {
            "email": self._email,
            "phone": self._phones.surrogate,
            "card": self._card,
            "iban": self._iban,
            "ssn": self._ssn,
            "ip": self._ip,
            "url": self._url,
            "url_with_credentials": self._url,
            "date_of_birth": self._birth,
            "address": self._address,
            "name": self._name,
        }
        self._is_kind: Mapping[str, Callable[[str], bool]] = {
            "email": invented.is_invented_email,
            "phone": self._phones.is_surrogate,
            "card": lambda value: _alnum(value).startswith(_CARD_PREFIX),
            "iban": lambda value: set(_alnum(value)[4:8]) <= {"X", "x", "0"},
            "ssn": lambda value: _alnum(value)[0] == "9" and _alnum(value)[3] in "01234",
            "ip": lambda value: value.lower().startswith((*_IP4_NETWORKS, _IP6_PREFIX)),
            "url": _is_example_url,
            "url_with_credentials": _is_example_url,
            "date_of_birth": self._is_birth,
            "address": self._is_address,
            "name": self._is_name,
        }

    def replacement(self, kind: str, value: str) -> str:
        """Return the surrogate of a value; of a surrogate, itself; of a secret, its tag."""
        if kind == "secret":
            return "[SECRET]"
        if self._is_surrogate(kind, value):
            return value
        if kind not in self._of_kind:
            return self._choices.marked("number", value)
        return self._of_kind[kind](value)

    def _is_surrogate(self, kind: str, value: str) -> bool:
        if kind in self._is_kind and self._is_kind[kind](value):
            return True
        # An invented number may look like one of another kind, and is known by its mark then.
        return kind in _NUMBERS and self._choices.is_marked(value)

    def _email(self, value: str) -> str:
        lower = value.lower()
        given = invented.given_name("either", self._choices.number("email given", lower))
        surname = invented.surname(self._choices.number("email surname", lower))
        domain = self._choices.choose("email domain", lower, invented.EXAMPLE_DOMAINS)
        return f"{given}.{surname}{self._choices.digits('email', lower, 2)}@{domain}"

    def _card(self, value: str) -> str:
        digits = _alnum(value)
        drawn = _CARD_PREFIX + self._choices.digits("card", digits, len(digits) - 7)
        check = next(digit for digit in "0123456789" if checksums.luhn(drawn + digit))
        return _poured(drawn + check, value)

    def _iban(self, value: str) -> str:
        plain = _alnum(value)
        form = self._choices.refill("iban", plain.upper(), plain[8:])
        bank = "".join("X" if character.isalpha() else "0" for character in plain[4:8])
        unchecked = f"{plain[:2]}00{bank}{form}".upper()
        check = f"{98 - checksums.iban_remainder(unchecked):02d}"
        drawn = plain[:2] + check + (bank + form if plain[0].isupper() else (bank + form).lower())
        return _poured(drawn, value)

    def _ssn(self, value: str) -> str:
        drawn = self._choices.digits("ssn", _alnum(value), 8)
        group = f"{1 + int(drawn[2:4]) % 49:02d}"
        return _poured(f"9{drawn[:2]}{group}{drawn[4:]}", value)

    def _ip(self, value: str) -> str:
        if ":" in value:
            number = self._choices.number("ip", value.lower())
            return f"{_IP6_PREFIX}{number & 0xFFFF:x}::{number >> 16 & 0xFFFF:x}"
        network = self._choices.choose("ip network", value, _IP4_NETWORKS)
        return f"{network}{1 + self._choices.number('ip', value) % 254}"

    def _url(self, value: str) -> str:
        match = _URL.match(value)
        start = match[0] if match else "http://"
        name = invented.surname(self._choices.number("url", value))
        return f"{start}{name}.example.com/{self._choices.digits('url', value, 6)}"

    def _name(self, value: str) -> str:
        return "".join(
            self._name_part(part) if part[0].isalpha() else part for part in _WORD.findall(value)
        )

    def _name_part(self, part: str) -> str:
        """Return what stands for a word of a name; the same in whatever name, alone or not."""
        lower = part.lower()
        if lower in _UNCHANGED or invented.is_invented(lower):
            return part
        if len(part) == 1:
            return self._choices.refill("initial", lower, part)
        gender = lexicon.given_names().get(lower)
        number = self._choices.number("name", lower)
        drawn = invented.given_name(gender, number) if gender else invented.surname(number)
        return _cased(drawn, part)

    @staticmethod
    def _is_name(value: str) -> bool:
        parts = [part.lower() for part in _WORD.findall(value) if part[0].isalpha()]
        return all(
            len(part) == 1 or part in _UNCHANGED or invented.is_invented(part) for part in parts
        )

    def _birth(self, value: str) -> str:
        written = self._read(value)
        if written is None:
            return self._choices.marked("number", value)
        moved = self._next_known(written.day + self._offset)
        # The form may hold less than the date (03/04/70), so what was written is read again.
        while not self._is_birth(written.like(moved)):
            moved = self._next_known(moved + timedelta(days=1))
        return written.like(moved)

    def _is_birth(self, value: str) -> bool:
        written = self._read(value)
        if written is None:
            return self._choices.is_marked(value)
        return self._next_known(written.day) == written.day

    def _read(self, value: str) -> birth_dates.WrittenDate | None:
        """Read a date; None for one that is not of the calendar, or at its end (31/12/9999)."""
        written = birth_dates.read(value, month_first=self._month_first)
        return written if written and written.day.year <= _LAST_YEAR else None

    def _next_known(self, day: date) -> date:
        """Return the first day from one on that the key knows as its own."""
        known = self._next_days.get(day)
        if known is None:  # most are asked for again: people's births lie in 36,000 days
            known = day
            while self._choices.number("date", known.isoformat()) % _DATE_SHARE:
                known += timedelta(days=1)
            self._next_days[day] = known
        return known

    def _address(self, value: str) -> str:
        lower = " ".join(value.lower().split())
        return "".join(self._address_part(part, lower) for part in _ADDRESS_PART.findall(value))

    def _address_part(self, part: str, address: str) -> str:
        if part.isdigit():
            zeros = _zeros(part)
            return zeros + self._choices.digits("address", part + address, len(part))[len(zeros) :]
        if not part[0].isalpha() or part.lower() in _of_addresses() or len(part) <= 2:
            return part
        if _CODE.fullmatch(part):
            return _NO_AREA + self._choices.refill("address", part, part[1:])
        return _cased(invented.surname(self._choices.number("address", part.lower())), part)

    @staticmethod
    def _is_address(value: str) -> bool:
        parts = _ADDRESS_PART.findall(value)
        return all(part.startswith(_zeros(part)) for part in parts if part.isdigit()) and all(
            map(_is_of_our_address, (part for part in parts if part[0].isalpha()))
        )


def _is_of_our_address(part: str) -> bool:
    if _CODE.fullmatch(part):
        return part.startswith(_NO_AREA)
    return len(part) <= 2 or part.lower() in _of_addresses() or invented.is_invented(part)


_UNCHANGED = names.PARTICLES | names.SUFFIXES


# Words of an address that are no name.
_KEPT = frozenset(
    {"box", "post", "office", "suite", "apt", "apartment", "unit", "floor", "flat", "room", "psc"}
    | {"north", "south", "east", "west", "straße", "strasse"}
)


@cache
def _of_addresses() -> frozenset[str]:
    return _KEPT | lexicon.cue_words("street") | lexicon.cue_words("street_first")


def _zeros(number: str) -> str:
    """Return what invented numbers of an address begin with: no house and no code does."""
    return "000" if len(number) >= 5 else "0"


def _is_example_url(value: str) -> bool:
    host = _URL.sub("", value, count=1).partition("/")[0].lower()
    return host.endswith(".example.com") and "@" not in host


def _alnum(value: str) -> str:
    return "".join(filter(str.isalnum, value))


def _poured(drawn: str, form: str) -> str:
    """Return characters in the places that letters and digits have in a form."""
    following = iter(drawn)
    return "".join(next(following) if each.isalnum() else each for each in form)


def _cased(word: str, like: str) -> str:
    return word.upper() if like.isupper() else word.capitalize() if like[0].isupper() else word
