"""Check digits of cards, bank accounts and national numbers. Every function takes digits only."""

from __future__ import annotations

from collections.abc import Sequence

# Lengths of an IBAN by country: ISO 13616, SWIFT's register, release 99.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
    "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip

# The multiplication and permutation of the dihedral group D5: Verhoeff 1969.
_VERHOEFF_TIMES = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_MOVE = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ODD_PLACES = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        # the digits and the letters A to J, then K to Z
        (*(1, 0, 5, 7, 9, 13, 15, 17, 19, 21) * 2,
         2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def luhn(digits: str) -> bool:
    """Check a card number, or a Swedish personal number (ISO/IEC 7812-1, annex B)."""
    plain = sum(map(int, digits[-1::-2]))
    return (plain + sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])) % 10 == 0


def iban(value: str) -> bool:
    """Check an IBAN without spaces, in capitals: its country's length and ISO 7064 mod 97-10."""
    return IBAN_LENGTHS.get(value[:2]) == len(value) and iban_remainder(value) == 1


def iban_remainder(value: str) -> int:
    """Return the remainder of an IBAN by 97; a valid one has 1."""
    return int("".join(str(int(character, 36)) for character in value[4:] + value[:4])) % 97


def verhoeff(digits: str) -> bool:
    """Check an Aadhaar number (India)."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_VERHOEFF_TIMES[state][int(_VERHOEFF_MOVE[place % 8][int(digit)])])
    return state == 0


def cpf(digits: str) -> bool:
    """Check the two last of eleven digits of a CPF (Brazil)."""
    if len(set(digits)) == 1:
        return False
    first = _weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = _weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}"


def nir(digits: str) -> bool:
    """Check the fifteen digits of a NIR (France): the key is 97 less the rest by 97."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def german_tax_id(digits: str) -> bool:
    """Check the eleven digits of an Identifikationsnummer: ISO 7064 mod 11,10, one digit twice."""
    most = max(digits[:10].count(digit) for digit in set(digits[:10]))
    if digits[0] == "0" or most not in (2, 3):
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def spanish_id(value: str) -> bool:
    """Check the letter of a DNI or NIE (Spain), in capitals."""
    number = value[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == value[-1]


def codice_fiscale(value: str) -> bool:
    """Check the last of sixteen characters of a codice fiscale (Italy), in capitals."""
    total = sum(_ODD_PLACES[character] for character in value[0:15:2])
    total += sum(int(character, 36) - 10 * character.isalpha() for character in value[1:15:2])
    return chr(ord("A") + total % 26) == value[15]


def pesel(digits: str) -> bool:
    """Check the eleven digits of a PESEL (Poland)."""
    return _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def bsn(digits: str) -> bool:
    """Check the nine digits of a burgerservicenummer (Netherlands)."""
    return _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nhs_number(digits: str) -> bool:
    """Check the ten digits of an NHS number (England)."""
    return _weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
