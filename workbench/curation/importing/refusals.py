"""Why one row cannot be used."""

from __future__ import annotations


class RowRefusedError(Exception):
    """The row cannot be used; it goes to quarantine.

    Attributes:
        reason: Stable short name.
        detail: A sentence that holds none of the row's text.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
