"""The rows of a file on their way in: good ones with their values, bad ones with their reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.curation.lines import Line, undecodable_byte

MAX_RAW_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One data row.

    Attributes:
        lines: The physical lines that it stands on.
        values: Column name to value; text, or whatever JSON allows.
    """

    lines: tuple[Line, ...]
    values: Mapping[str, object]

    @property
    def line(self) -> int:
        return self.lines[0].number

    @property
    def raw(self) -> bytes:
        return raw_bytes(self.lines)

    def bad_byte(self, encoding: str) -> tuple[int, int] | None:
        """Return position and value of the first byte that is not in `encoding`."""
        for line in self.lines:
            if found := undecodable_byte(line, encoding):
                return found
        return None


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be used.

    Attributes:
        line: 1-based line of the file on which it begins.
        reason: Stable short name.
        detail: A sentence that holds none of the row's text.
        raw: The bytes, at most `MAX_RAW_BYTES` of them.
    """

    line: int
    reason: str
    detail: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class UsableRow:
    """One row that can become an example."""

    line: int
    input: str
    output: str
    group: str


def raw_bytes(lines: tuple[Line, ...]) -> bytes:
    """Return the bytes of some lines, cut at `MAX_RAW_BYTES`."""
    return b"".join(line.content for line in lines)[:MAX_RAW_BYTES]
