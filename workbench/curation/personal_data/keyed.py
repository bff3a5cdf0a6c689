"""Choices that only a key determines: the same value gives the same choice, for this key alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")

_LEAST_KEY_BYTES = 16
_MOST_MARK_DIGITS = 4
_CONSONANTS = "bcdfghjklmnpqrstvwxz"  # without vowels no word comes of them, such as "no" or "id"


class KeyedChoices:
    """Draws numbers from HMAC-SHA256 of a value.

    Args:
        key: 16 bytes or more, kept secret: who has it can test whether a value gave a surrogate.

    Raises:
        ValueError: The key is too short.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _LEAST_KEY_BYTES:
            raise ValueError(f"a key of {len(key)} bytes; {_LEAST_KEY_BYTES} are the least")
        self._key = key

    def number(self, domain: str, value: str) -> int:
        """Return a number below 2**256 for a value; equal values of two domains are unrelated."""
        message = f"{domain}\x00{value}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hmac.digest(self._key, message, hashlib.sha256))

    def choose(self, domain: str, value: str, choices: Sequence[Choice]) -> Choice:
        """Return one of some choices."""
        return choices[self.number(domain, value) % len(choices)]

    def digits(self, domain: str, value: str, count: int) -> str:
        """Return so many digits."""
        drawn = ""
        while len(drawn) < count:
            drawn += f"{self.number(domain, f'{len(drawn)} {value}'):077d}"[-64:]
        return drawn[:count]

    def refill(self, domain: str, value: str, form: str) -> str:
        """Return a text of the form of another: letters for letters, digits for digits."""
        drawn = self._stream(domain, value)
        return "".join(_like(character, drawn) for character in form)

    def marked(self, domain: str, value: str) -> str:
        """Return a value of the same form whose last digits follow from the others by the key.

        Half of the digits, four at most, are such a mark: by it `is_marked` knows the value again.
        One real value in 10**marks bears the mark by chance and stays as it is, and nobody without
        the key can tell which.
        """
        form = self.refill(domain, value, value)
        places = [index for index, character in enumerate(form) if character.isdigit()]
        marks = places[len(places) - _n_marks(len(places)) :]
        drawn = list(form)
        for index, digit in zip(marks, self._mark(form, marks), strict=True):
            drawn[index] = digit
        return "".join(drawn)

    def is_marked(self, value: str) -> bool:
        """Tell whether a value is one that `marked` returned."""
        places = [index for index, character in enumerate(value) if character.isdigit()]
        marks = places[len(places) - _n_marks(len(places)) :]
        return bool(marks) and "".join(value[index] for index in marks) == self._mark(value, marks)

    def _mark(self, value: str, marks: Sequence[int]) -> str:
        kept = [
            character.lower()
            for index, character in enumerate(value)
            if index not in marks and character.isalnum()
        ]
        return self.digits("mark", "".join(kept), len(marks))

    def _stream(self, domain: str, value: str) -> Iterator[int]:
        block = 0
        while True:
            number = self.number(domain, f"{block} {value}")
            for _ in range(24):  # 10 bits each are left of 256
                yield number & 0x3FF
                number >>= 10
            block += 1


def _n_marks(n_digits: int) -> int:
    return min(n_digits // 2, _MOST_MARK_DIGITS)


def _like(character: str, drawn: Iterator[int]) -> str:
    if character.isdigit():
        return str(next(drawn) % 10)
    if character.isalpha():
        letter = _CONSONANTS[next(drawn) % len(_CONSONANTS)]
        return letter.upper() if character.isupper() else letter
    return character
