"""Telephone numbers that nobody has, in the form of ones that somebody has."""

from __future__ import annotations

import re

from workbench.curation.personal_data import lexicon
from workbench.curation.personal_data.keyed import KeyedChoices

_NORTH_AMERICA = "1"
# Ofcom, "Telephone numbers for use in TV and radio drama programmes".
_BRITISH = "44"
_BRITISH_RANGES = {"2": "207946 0", "1": "163296 0", "7": "770090 0"}
_EXTENSION = re.compile(r"[ ,]*(?:x|ext\.?|extension)[ ]?\d{1,6}$", re.IGNORECASE)


class PhoneSurrogates:
    """Draws telephone numbers. `region` is the country of numbers without a country code."""

    def __init__(self, choices: KeyedChoices, region: str) -> None:
        self._choices = choices
        self._region = region

    def surrogate(self, value: str) -> str:
        """Return a fictional number in the form of another."""
        extension = _EXTENSION.search(value)
        number = value[: extension.start()] if extension else value
        country, national = self._split(number)
        digits = "".join(filter(str.isdigit, number))
        kept = digits[: len(digits) - len(national)]
        drawn = iter(kept + self._fictional(country, national))
        written = "".join(next(drawn) if each.isdigit() else each for each in number)
        if not extension:
            return written
        drawn = iter(self._choices.digits("extension", value, len(extension[0])))
        return written + re.sub(r"\d", lambda _: next(drawn), extension[0])

    def is_surrogate(self, value: str) -> bool:
        """Tell whether a number is one that nobody has."""
        country, national = self._split(_EXTENSION.sub("", value))
        if country == _NORTH_AMERICA and len(national) in (7, 10):
            return national[-7:-2] == "55501"
        if country == _BRITISH and len(national) == 10:
            return national.startswith(_british_range(national))
        return national.startswith("000")

    def _fictional(self, country: str, national: str) -> str:
        if country == _NORTH_AMERICA and len(national) in (7, 10):
            areas = lexicon.words_of("area_codes.txt")
            area = self._choices.choose("area", national, areas) if len(national) == 10 else ""
            return f"{area}55501{self._choices.digits('phone', national, 2)}"
        start = "000"
        if country == _BRITISH and len(national) == 10:
            start = _british_range(national)
        return start + self._choices.digits("phone", national, len(national) - len(start))

    def _split(self, value: str) -> tuple[str, str]:
        """Return the country code ("" where unknown) and the digits that tell the subscriber."""
        import phonenumbers

        digits = "".join(filter(str.isdigit, value))
        home = str(phonenumbers.country_code_for_region(self._region))
        plus = value.lstrip(" (").startswith("+")
        if plus or (digits.startswith("00") and digits[2:3] != "0"):
            international = digits if plus else digits[2:]
            for size in (1, 2, 3):
                code = international[:size]  # empty where only the 00 of a number is left
                if code.isdecimal() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                    return code, international[size:]
            return "", international
        if home == _NORTH_AMERICA:
            return home, digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        return home, digits[1:] if digits[:1] == "0" else digits


def _british_range(national: str) -> str:
    return _BRITISH_RANGES.get(national[0], _BRITISH_RANGES["2"]).replace(" ", "")
