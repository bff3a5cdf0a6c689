"""Rows of JSON Lines files and of JSON arrays, as a stream."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from workbench.curation.importing.lines import MAX_LINE_BYTES, Line
from workbench.curation.importing.rows import (
    MAX_RAW_BYTES,
    BadRow,
    TextRow,
    json_type,
    raw_bytes,
)

_BLANK = " \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*")
_CHUNK_BYTES = 1 << 20


def read_json_lines(lines: Iterator[Line]) -> Iterator[TextRow | BadRow]:
    """Yield one row for each line that is not blank."""
    decoder = _Decoder()
    for line in lines:
        if line.is_too_long:
            detail = f"The line is longer than {MAX_LINE_BYTES >> 20} MiB."
            yield BadRow(line.number, "too_long", detail, raw_bytes((line,)))
        elif line.text.strip(_BLANK):
            yield _parse(line, decoder)


def read_json_array(stream: BinaryIO, encoding: str) -> Iterator[TextRow | BadRow]:
    """Yield one row for each element of an array, without holding the whole array.

    What stands after a syntax error cannot be told apart into rows; it is set aside as one.
    """
    window = _Window(stream, encoding)
    window.skip("[")
    while not window.is_at("]"):
        try:
            value, text, number = window.take_value()
        except _BrokenArrayError as exc:
            yield BadRow(exc.number, "broken_json", str(exc), exc.raw)
            return
        line = Line(number, 0, text.encode(errors="surrogateescape"), text)
        yield _checked(line, value, window.repeated_key)
        window.skip(",")


class _Decoder:
    """Reads JSON, and notices a key that an object has twice; Python's own keeps the last value."""

    def __init__(self) -> None:
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)
        self.repeated_key: str | None = None

    def decode(self, text: str) -> object:
        """Return the value that a text is."""
        self.repeated_key = None
        value: object = self._decoder.decode(text)
        return value

    def decode_at(self, text: str, position: int) -> tuple[object, int]:
        """Return the value that begins at a position, and where it ends."""
        self.repeated_key = None
        return self._decoder.raw_decode(text, position)

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(key for key, _ in pairs)
            self.repeated_key = next(key for key in found if times[key] > 1)
        return found


class _BrokenArrayError(Exception):
    """The rest of an array is not valid JSON."""

    def __init__(self, message: str, number: int, raw: bytes) -> None:
        super().__init__(message)
        self.number = number
        self.raw = raw


class _Window:
    """The part of an array that is in memory, and how far it is read."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._characters = codecs.getincrementaldecoder(encoding)("surrogateescape")
        self._decoder = _Decoder()
        self._text = ""
        self._position = 0
        self._number = 1
        self._is_at_end = False
        self._fill()
        self._text = self._text.removeprefix("\ufeff")

    @property
    def repeated_key(self) -> str | None:
        """A key that stands twice in one object of the value that was taken last."""
        return self._decoder.repeated_key

    def is_at(self, character: str) -> bool:
        self._skip_blanks()
        return self._text.startswith(character, self._position)

    def skip(self, character: str) -> None:
        if self.is_at(character):
            self._position += 1

    def take_value(self) -> tuple[object, str, int]:
        """Return the next value, its text and the line on which it begins."""
        self._skip_blanks()
        while True:
            try:
                value, end = self._decoder.decode_at(self._text, self._position)
            except (ValueError, RecursionError) as exc:
                if self._is_at_end or len(self._text) - self._position > MAX_LINE_BYTES:
                    raise self._broken() from exc
                self._fill()
                continue
            text, number = self._text[self._position : end], self._number
            self._number += text.count("\n")
            self._position = end
            return value, text, number

    def _skip_blanks(self) -> None:
        while True:
            match = _BLANKS.match(self._text, self._position)
            end = match.end() if match else self._position
            self._number += self._text.count("\n", self._position, end)
            self._position = end
            if end < len(self._text) or self._is_at_end:
                return
            self._fill()

    def _fill(self) -> None:
        chunk = self._stream.read(_CHUNK_BYTES)
        self._is_at_end = not chunk
        decoded = self._characters.decode(chunk, final=not chunk)
        self._text = self._text[self._position :] + decoded
        self._position = 0

    def _broken(self) -> _BrokenArrayError:
        rest = self._text[self._position : self._position + MAX_RAW_BYTES]
        message = "The array is not valid JSON from here on."
        return _BrokenArrayError(message, self._number, rest.encode(errors="surrogateescape"))


def _parse(line: Line, decoder: _Decoder) -> TextRow | BadRow:
    try:
        value = decoder.decode(line.text.rstrip())  # what ends a line is no place in it
    except json.JSONDecodeError as exc:
        detail = f"Not valid JSON at character {exc.pos + 1}: {exc.msg.removesuffix(' at')}."
        return BadRow(line.number, "broken_json", detail, raw_bytes((line,)))
    except (ValueError, RecursionError):
        detail = "Not usable JSON: a number is too long or the nesting is too deep."
        return BadRow(line.number, "broken_json", detail, raw_bytes((line,)))
    return _checked(line, value, decoder.repeated_key)


def _checked(line: Line, value: object, repeated_key: str | None) -> TextRow | BadRow:
    if repeated_key is not None:
        detail = f"Key {repeated_key!r} stands twice in one object: which value counts is unknown."
        return BadRow(line.number, "repeated_key", detail, raw_bytes((line,)))
    if isinstance(value, dict):
        return TextRow((line,), value)
    detail = f"It is {json_type(value)}, not an object with keys."
    return BadRow(line.number, "wrong_type", detail, raw_bytes((line,)))
