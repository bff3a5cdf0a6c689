"""Times as the judgments keep them: UTC text of one width, so that it sorts as time does."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """Return the stored form of a moment."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def utc_now() -> datetime:
    """Return the time by the machine's clock."""
    return datetime.now(UTC)
