"""The rows of a file on their way in: good ones with their values, bad ones with their reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from workbench.curation.importing.lines import Line, undecodable_byte

MAX_RAW_BYTES = 1 << 20


class Row(Protocol):
    """One data row.

    Attributes:
        values: Column name to value; text, or whatever the format allows.
        line: 1-based line of the file, or number of the row where a file has no lines.
        place: Where it stands, for people, such as `line 12`.
        raw: Its bytes, for the quarantine; at most `MAX_RAW_BYTES` of them.
    """

    @property
    def values(self) -> Mapping[str, object]: ...
    @property
    def line(self) -> int: ...
    @property
    def place(self) -> str: ...
    @property
    def raw(self) -> bytes: ...

    def bad_byte(self, encoding: str) -> tuple[int, int] | None:
        """Return position in the file and value of the first byte that is not in `encoding`."""


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of a text file, with the physical lines that it stands on."""

    lines: tuple[Line, ...]
    values: Mapping[str, object]

    @property
    def line(self) -> int:
        return self.lines[0].number

    @property
    def place(self) -> str:
        return f"line {self.line}"

    @property
    def raw(self) -> bytes:
        return raw_bytes(self.lines)

    def bad_byte(self, encoding: str) -> tuple[int, int] | None:
        for line in self.lines:
            if found := undecodable_byte(line, encoding):
                return found
        return None


@dataclass(frozen=True, slots=True)
class CellRow:
    """A row of a file that has no lines of text: a table, a sheet, a document."""

    line: int
    place: str
    values: Mapping[str, object]

    @property
    def raw(self) -> bytes:
        text = json.dumps(dict(self.values), ensure_ascii=False, default=str)
        return text.encode(errors="backslashreplace")[:MAX_RAW_BYTES]

    def bad_byte(self, encoding: str) -> tuple[int, int] | None:
        return None


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be used.

    Attributes:
        line: 1-based line of the file on which it begins, or number of the row.
        reason: Stable short name.
        detail: A sentence that holds none of the row's text.
        raw: The bytes, at most `MAX_RAW_BYTES` of them.
        place: Where it stands, for people; its line if empty.
    """

    line: int
    reason: str
    detail: str
    raw: bytes
    place: str = ""

    @property
    def locator(self) -> str:
        return self.place or f"line {self.line}"


@dataclass(frozen=True, slots=True)
class UsableRow:
    """One row that can become an example; with `rejected`, also a preference pair.

    Attributes:
        line: As in `BadRow`.
        input: What the model is given.
        output: The answer wanted.
        group: Key of rows that belong together; empty for none.
        rejected: A worse answer; empty for none.
        place: As in `BadRow`.
        names: What the columns of names hold, without empty ones.
    """

    line: int
    input: str
    output: str
    group: str
    rejected: str = ""
    place: str = ""
    names: tuple[str, ...] = ()

    @property
    def locator(self) -> str:
        return self.place or f"line {self.line}"


def raw_bytes(lines: tuple[Line, ...]) -> bytes:
    """Return the bytes of some lines, cut at `MAX_RAW_BYTES`."""
    return b"".join(line.content for line in lines)[:MAX_RAW_BYTES]


def is_unicode(text: str) -> bool:
    """Say whether a text holds no lone surrogate: of JSON escapes or undecodable bytes."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def json_type(value: object) -> str:
    """Name the type of a value in words."""
    names: dict[type, str] = {bool: "true or false", int: "a number", float: "a number"}
    names |= {str: "text", list: "a list", dict: "an object", type(None): "null", bytes: "bytes"}
    return names.get(type(value), f"a value of type {type(value).__name__}")
