"""Invented personal data, planted in a user's own texts to measure how much of it is found.

The forms are those that people write; some are beyond any pattern. Patterns were mended where these
forms showed a gap, so the recall on them is the most to expect of others. Every value is drawn,
belongs to nobody that we know of, and is used for the measurement alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.curation.personal_data import checksums, lexicon
from workbench.curation.personal_data.kinds import UNMARKED

# Surnames that no list of this package holds, so that a name is found by its context alone.
_SURNAMES = (
    "Ostrogorsky", "Okonkwo", "Szymański", "Fitzwilliam", "Müller-Lüdke", "O'Shaughnessy",
    "Nakagawa", "Quiñones", "Delacroix", "Papadopoulos", "Vandermeer", "Ibekwe", "Castelnuovo",
    "Thorvaldsen", "Bhattacharya", "MacGillycuddy", "Eriksdóttir",
)  # fmt: skip
# Given names that no list of this package holds either.
_UNLISTED = (
    "Takumi", "Chidi", "Ngozi", "Siobhan", "Aarav", "Wiremu", "Zsófia", "Oluwaseun", "Dilnoza",
    "Björn", "Xiuying", "Kwabena",
)  # fmt: skip
_MONTHS = ("January", "March", "May", "June", "August", "October", "December")
_STREETS = ("Maple", "Old Mill", "Riverside", "W 42nd", "Martin Luther King", "Kestrel")
_CITIES = ("Dayton, OH", "Eugene, OR", "Lowell, MA", "San Mateo, CA")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Draw:
    """Draws the parts of invented values from one generator."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def below(self, limit: int) -> int:
        """Return a whole number of at least 0, below a limit."""
        return int(self._generator.integers(limit))

    def of(self, choices: Sequence[str]) -> str:
        """Return one of some choices."""
        return choices[self.below(len(choices))]

    def digits(self, count: int) -> str:
        """Return digits, of which the first is not 0."""
        return str(1 + self.below(9)) + "".join(str(self.below(10)) for _ in range(count - 1))

    def letters(self, count: int, among: str = "ABCDEFGHJKLMNPRSTWXY") -> str:
        """Return letters."""
        return "".join(among[self.below(len(among))] for _ in range(count))


@dataclass(frozen=True, slots=True)
class Canary:
    """A text with one invented value in it.

    Attributes:
        kind: One of `KINDS`, also where nothing marks the value.
        form: Which of the kind's forms it has; forms are numbered.
        text: The user's text with the sentence that carries the value.
        start: Where the value begins, in characters.
        end: Where it ends.
    """

    kind: str
    form: int
    text: str
    start: int
    end: int


def canary_kinds() -> frozenset[str]:
    """Return the kinds that canaries can be planted of, without those of `UNMARKED`."""
    return frozenset(_FORMS) - UNMARKED.keys()


def plant(texts: Sequence[str], kind: str, *, count: int, seed: int) -> tuple[Canary, ...]:
    """Plant values of a kind in texts, each in a text of its own drawing.

    Args:
        texts: The user's texts; drawn from with replacement.
        kind: One of `canary_kinds()` or of `UNMARKED`.
        count: How many; the forms take turns.
        seed: The same seed plants the same values in the same places.

    Raises:
        ValueError: There is no text.
    """
    if not texts:
        raise ValueError("no text to plant canaries in")
    generator = np.random.default_rng([seed, *kind.encode()])
    return tuple(_planted(texts, kind, index, Draw(generator)) for index in range(count))


def _planted(texts: Sequence[str], kind: str, index: int, draw: Draw) -> Canary:
    forms, carriers = _FORMS[kind], _CARRIERS[kind]
    text = texts[draw.below(len(texts))]
    form = index % len(forms)
    value = forms[form](draw)
    before, _, after = draw.of(carriers).partition("{}")
    places = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    place = places[draw.below(len(places))]
    glue = "" if place == 0 or text[place - 1].isspace() else " "
    start = place + len(glue) + len(before)
    planted = f"{text[:place]}{glue}{before}{value}{after} {text[place:]}"
    return Canary(UNMARKED.get(kind, kind), form, planted, start, start + len(value))


@cache
def _given_names() -> tuple[str, ...]:
    return tuple(sorted(lexicon.given_names()))


def _given(draw: Draw) -> str:
    return draw.of(_given_names()).capitalize()


def _full_name(draw: Draw) -> str:
    return f"{_given(draw)} {draw.of(_SURNAMES)}"


def _luhn_complete(digits: str) -> str:
    return next(digits + last for last in "0123456789" if checksums.luhn(digits + last))


def _card(draw: Draw) -> str:
    return _luhn_complete(draw.of("45") + str(1 + draw.below(5)) + draw.digits(13))


def _iban(draw: Draw) -> str:
    country, bank = draw.of(("DE", "GB", "NL", "FR")), ""
    if country in ("GB", "NL"):
        bank = draw.letters(4)
    rest = bank + draw.digits(checksums.IBAN_LENGTHS[country] - 4 - len(bank))
    return f"{country}{98 - checksums.iban_remainder(country + '00' + rest):02d}{rest}"


def _grouped(value: str, gap: str = " ", size: int = 4) -> str:
    return gap.join(value[start : start + size] for start in range(0, len(value), size))


def _ssn(draw: Draw, gap: str) -> str:
    area = f"{1 + draw.below(8)}{draw.digits(2)}"  # those from 900 are not issued
    return f"{area}{gap}{draw.digits(2)}{gap}{draw.digits(4)}"


def _dni(draw: Draw) -> str:
    digits = draw.digits(8)
    return next(
        digits + letter
        for letter in "TRWAGMYFPDXBNJZSQVHLCKE"
        if checksums.spanish_id(digits + letter)
    )


def _verhoeff_complete(digits: str) -> str:
    return next(digits + last for last in "0123456789" if checksums.verhoeff(digits + last))


def _street(draw: Draw) -> str:
    kind = draw.of(("Street", "Ave", "Blvd.", "Lane", "Dr", "Court"))
    return f"{draw.digits(1 + draw.below(4))} {draw.of(_STREETS)} {kind}"


def _ip4(draw: Draw) -> str:
    return ".".join(str(1 + draw.below(254)) for _ in range(4))


def _login(draw: Draw) -> str:
    return f"{_given(draw)}.{draw.letters(6)}".lower()


def _year(draw: Draw) -> int:
    return 1930 + draw.below(75)


Form = Callable[[Draw], str]

_ADDRESSES: tuple[Form, ...] = (
    _street,
    lambda d: f"{_street(d)}, Apt {d.digits(2)}, {d.of(_CITIES)} {d.digits(5)}",
    lambda d: f"P.O. Box {d.digits(4)}, {d.of(_CITIES)} {d.digits(5)}",
    lambda d: f"{d.of(('Linden', 'Schiller', 'Bahnhof'))}straße {d.digits(2)}, {d.digits(5)} Köln",
    lambda d: f"{d.digits(2)} rue des {d.of(('Lilas', 'Acacias'))}, {d.digits(5)} Lyon",
    lambda d: f"{d.digits(2)} {d.of(('Elm', 'Oak'))} Grove House, Leeds LS{d.digits(1)} 4AB",
)
_FORMS: Mapping[str, tuple[Form, ...]] = {
    "email": (
        lambda d: f"{_login(d)}@{d.letters(7).lower()}.com",
        lambda d: f"{_login(d)}+{d.digits(2)}@mail.{d.letters(5).lower()}.co.uk",
        lambda d: f"{_login(d)} [at] {d.letters(7).lower()} [dot] org",
        lambda d: f"{_given(d).lower()} at {d.letters(7).lower()} dot com",
        lambda d: f"{_given(d)}_{d.digits(2)}@bücher-{d.letters(4).lower()}.de",
    ),
    "phone": (
        lambda d: f"({d.digits(3)}) {d.digits(3)}-{d.digits(4)}",
        lambda d: f"{d.digits(3)}.{d.digits(3)}.{d.digits(4)}",
        lambda d: f"1-{d.digits(3)}-{d.digits(3)}-{d.digits(4)} ext {d.digits(3)}",
        lambda d: f"+44 7{d.digits(3)} {d.digits(6)}",
        lambda d: f"+49 (0)30 {d.digits(4)}-{d.digits(3)}",
        lambda d: f"{d.digits(10)}",
        lambda d: f"{d.digits(3)}–{d.digits(3)}–{d.digits(4)}",
        lambda d: f"{d.digits(3)} {d.digits(4)}",
    ),
    "ssn": (
        lambda d: _ssn(d, "-"),
        lambda d: _ssn(d, " "),
        lambda d: _ssn(d, "‑"),
        lambda d: _ssn(d, ""),
        lambda d: _ssn(d, " - "),
    ),
    "card": (
        _card,
        lambda d: _grouped(_card(d)),
        lambda d: _grouped(_card(d), "-"),
        lambda d: _luhn_complete("37" + d.digits(12)),
        lambda d: _grouped(_card(d), "  "),
    ),
    "iban": (
        _iban,
        lambda d: _grouped(_iban(d)),
        lambda d: _iban(d).lower(),
        lambda d: _grouped(_iban(d), "-"),
    ),
    "ip": (
        _ip4,
        lambda d: f"2a02:{d.below(9999) + 1:x}:{d.below(9999):x}::{d.below(9999):x}",
        lambda d: f"FE80::{4096 + d.below(60000):X}:{d.below(9999):X}",
        lambda d: ":".join(f"{4096 + d.below(60000):x}" for _ in range(8)),
    ),
    "url_with_credentials": (
        lambda d: (
            f"https://{_login(d)}:{d.letters(8)}{d.digits(2)}@files.{d.letters(6).lower()}.com/"
        ),
        lambda d: f"ftp://{d.letters(6).lower()}:{d.digits(6)}@10.0.{d.below(200)}.7/in",
        lambda d: (
            f"https://api.{d.letters(6).lower()}.io/v1?user=7&token={d.letters(12)}{d.digits(8)}"
        ),
    ),
    "date_of_birth": (
        lambda d: f"{1 + d.below(12):02d}/{1 + d.below(28):02d}/{_year(d)}",
        lambda d: f"{_year(d)}-{1 + d.below(12):02d}-{1 + d.below(28):02d}",
        lambda d: f"{d.of(_MONTHS)} {1 + d.below(28)}, {_year(d)}",
        lambda d: f"{1 + d.below(28)} {d.of(_MONTHS)} {_year(d)}",
        lambda d: f"{1 + d.below(28)}.{1 + d.below(12)}.{_year(d) % 100:02d}",
        lambda d: f"{4 + d.below(16)}th of {d.of(_MONTHS)} {_year(d)}",
    ),
    "address": _ADDRESSES,
    "address_unmarked": _ADDRESSES,
    "account_number": (
        lambda d: d.digits(8),
        lambda d: d.digits(12),
        lambda d: f"{d.letters(2)}-{d.digits(6)}",
        lambda d: f"{d.digits(4)}-{d.digits(4)}-{d.digits(2)}",
    ),
    "case_number": (
        lambda d: f"{1 + d.below(8)}:{10 + d.below(15)}-cv-0{d.digits(4)}",
        lambda d: f"{2010 + d.below(15)}-CR-{d.digits(5)}",
        lambda d: f"{d.letters(3)}{d.digits(6)}",
    ),
    "id_number": (
        lambda d: d.digits(7),
        lambda d: f"{d.letters(1)}{d.digits(8)}",
        lambda d: f"{d.letters(2)} {d.digits(6)}",
    ),
    "national_id": (
        lambda d: f"AB {d.digits(2)} {d.digits(2)} {d.digits(2)} C",
        lambda d: f"JT{d.digits(6)}D",
        _dni,
        lambda d: _grouped(_verhoeff_complete("4" + d.digits(10))),
        lambda d: f"{d.letters(3)}P{d.letters(1)}{d.digits(4)}{d.letters(1)}",
    ),
    "name": (
        _full_name,
        lambda d: f"{_given(d)} {d.letters(1)}. {d.of(_SURNAMES)}",
        lambda d: f"{d.letters(1)}. {d.of(_SURNAMES)}",
        lambda d: f"{_given(d)} de la {d.of(_SURNAMES)}",
        lambda d: d.of(_SURNAMES),
    ),
    "name_unmarked": (
        _full_name,
        _given,
        lambda d: f"{d.of(_UNLISTED)} {d.of(_SURNAMES)}",
        lambda d: d.of(_UNLISTED),
        lambda d: d.of(_SURNAMES),
    ),
    "secret": (
        lambda d: f"AKIA{d.letters(8)}{d.digits(8)}",
        lambda d: f"ghp_{d.letters(20, 'abcdefgXYZ')}{d.digits(16)}",
        lambda d: f"sk-proj-{d.letters(24, 'abcdefgXYZ_')}{d.digits(8)}",
        lambda d: f"xoxb-{d.digits(12)}-{d.letters(16)}",
        lambda d: f"eyJ{d.letters(16)}.{d.letters(24)}.{d.letters(20)}",
        lambda d: f"sk_live_{d.letters(12)}{d.digits(12)}",
    ),
}
_CARRIERS: Mapping[str, tuple[str, ...]] = {
    "email": ("Write to {}.", "E-mail: {}", "She asked us to use {} from now on.", "(cc {})"),
    "phone": ("Call {}.", "Phone: {}", "You can reach her at {} after six.", "Tel. {},"),
    "ssn": ("SSN: {}.", "Her social security number is {}.", "The SSN on file, {}, is right."),
    "card": ("Card number {}.", "She paid with {} and left.", "Visa {} was declined."),
    "iban": ("IBAN {}.", "Please wire it to {} today.", "Account: {}"),
    "ip": ("The login came from {}.", "IP {}", "Server ({}) did not answer."),
    "url_with_credentials": ("See {} for the files.", "Link: {}"),
    "date_of_birth": ("DOB: {}.", "She was born on {}.", "Date of birth {}", "born {},"),
    "address": ("She lives at {}.", "Address: {}", "The house at {} was sold.", "Ship it to {}."),
    "account_number": ("Account number {}.", "acct # {}", "Policy no. {} has lapsed."),
    "case_number": ("Case No. {}.", "Docket: {}", "It was filed as case number {} last year."),
    "id_number": ("Passport number {}.", "MRN: {}", "Driver's license no. {} expired."),
    "national_id": ("National insurance or tax number: {}.", "ID {}", "She gave {} as her number."),
    "name": (
        "Client: {}.",
        "Dr. {} agreed.",
        "My name is {}.",
        "We spoke with {} about it.",
        "Dear {},",
        "Sincerely,\n{}\n",
        "The plaintiff, {}, agreed.",
        "According to {}, it was late.",
    ),
    # As subject, object, owner, in a list, and in the middle of a sentence.
    "name_unmarked": (
        "{} came in late.",
        "They called {} twice.",
        "The car was {}'s, not ours.",
        "Among them were {}, a neighbour and two others.",
        "It was over before {} could say so.",
        "Nobody told {} that it had changed.",
    ),
    "address_unmarked": (
        "The house at {} was sold.",
        "They parked near {} at noon.",
        "From {} it is a mile.",
        "Somebody saw her outside {} on Monday.",
    ),
    "secret": ("The key is {}.", "export TOKEN={}", "Authorization: Bearer {}", "key: '{}'"),
}
