"""Times as whole microseconds since 1970, UTC; Argilla's own carry no zone and are UTC."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# the whole numbers that SQLite holds; times beyond them are those that nothing has
LEAST, GREATEST = -(2**63), 2**63 - 1
_MICROSECOND = timedelta(microseconds=1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def microseconds(value: datetime) -> int:
    """Return a time in microseconds."""
    zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (zoned - _EPOCH) // _MICROSECOND


def span_of(written: float | str) -> tuple[int, int]:
    """Return the first and the last microsecond of what a user wrote.

    Args:
        written: A day, which lasts till its end; a time in ISO 8601; or milliseconds since 1970.

    Raises:
        ValueError: It is none of these.
    """
    number = as_number(written)
    if number is not None:
        instant = min(max(round(number * 1000), LEAST), GREATEST)
        return instant, instant
    start = microseconds(datetime.fromisoformat(str(written)))
    is_day = _DAY.fullmatch(str(written)) is not None
    return start, start + (timedelta(days=1) // _MICROSECOND - 1 if is_day else 0)


def as_number(written: float | str) -> float | None:
    """Return a number that was written as text or as a number; None if it is none."""
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
