"""Read a date as it is written, and write another one in the same form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_FIELD = re.compile(r"\d+|[A-Za-z]+")
_ORDINALS = {"1": "st", "2": "nd", "3": "rd"}
_PIVOT = 30  # of two-digit years: 30 is 1930, 29 is 2029


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date with how it is written.

    Attributes:
        text: As it was written.
        day: The date.
        fields: What each number and word of the text is: Y, M, D, or "" for another word.
    """

    text: str
    day: date
    fields: tuple[str, ...]

    def like(self, day: date) -> str:
        """Write another date in this form."""
        fields, padded = iter(self.fields), self._is_padded()
        return _FIELD.sub(
            lambda match: _field(next(fields), match[0], day, padded=padded), self.text
        )

    def _is_padded(self) -> bool:
        """Tell whether days below 10 have a zero: where one has, or all figures have two digits."""
        found = _FIELD.findall(self.text)
        figures = [
            figure
            for figure, field in zip(found, self.fields, strict=True)
            if field in ("D", "M") and figure.isdigit()
        ]
        in_figures = len(figures) == 2 and all(len(figure) == 2 for figure in figures)
        return in_figures or any(figure.startswith("0") for figure in figures)


def read(text: str, *, month_first: bool) -> WrittenDate | None:
    """Read a date; None where it is no date of the calendar.

    Args:
        text: A date in figures, or with the month in English.
        month_first: How to read 03/04/1970 where both orders would do.
    """
    found = _FIELD.findall(text)
    for fields in _orders(found, month_first=month_first):
        values = {field: value for field, value in zip(fields, found, strict=True) if field}
        try:
            day = date(_year(values["Y"]), _month(values["M"]), int(values["D"]))
        except (KeyError, ValueError):  # a thirteenth month: the other order, then
            continue
        return WrittenDate(text, day, fields)
    return None


def _orders(found: list[str], *, month_first: bool) -> list[tuple[str, ...]]:
    numbers = [index for index, field in enumerate(found) if field.isdigit()]
    words = [index for index, field in enumerate(found) if _month_named(field)]
    if words and len(numbers) == 2:
        return [_named(len(found), year=numbers[1], month=words[0], day=numbers[0])]
    if len(numbers) != 3:
        return []
    first, second, third = numbers
    if len(found[first]) == 4:
        return [_named(len(found), year=first, month=second, day=third)]
    month = _named(len(found), month=first, day=second, year=third)
    day = _named(len(found), day=first, month=second, year=third)
    return [month, day] if month_first else [day, month]


@cache  # few: a date has three to five fields
def _named(count: int, *, year: int, month: int, day: int) -> tuple[str, ...]:
    at = {year: "Y", month: "M", day: "D"}
    return tuple(at.get(index, "") for index in range(count))


def _month_named(word: str) -> int:
    """Return the number of a month by its first letters; 0 for another word."""
    if not word.isalpha() or len(word) < 3:
        return 0
    starts = (
        index
        for index, month in enumerate(_MONTHS, 1)
        if month.lower().startswith(word[:3].lower())
    )
    return next(starts, 0)


def _month(value: str) -> int:
    return int(value) if value.isdigit() else _month_named(value)


def _year(value: str) -> int:
    if len(value) > 2:
        return int(value)
    return int(value) + (1900 if int(value) >= _PIVOT else 2000)


def _field(field: str, like: str, day: date, *, padded: bool) -> str:
    if field == "Y":
        return f"{day.year % 100:02d}" if len(like) == 2 else f"{day.year:04d}"
    if field == "D":
        return f"{day.day:02d}" if padded else str(day.day)
    if field == "M" and like.isdigit():
        return f"{day.month:02d}" if padded else str(day.month)
    if field == "M":
        month = _MONTHS[day.month - 1]
        month = month[:3] if len(like) == 3 else month
        return month.upper() if like.isupper() else month.lower() if like.islower() else month
    if like.lower() in ("st", "nd", "rd", "th"):
        return "th" if 10 < day.day < 14 else _ORDINALS.get(str(day.day)[-1], "th")
    return like
