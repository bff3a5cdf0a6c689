"""Physical lines of a text file, each with its place, whatever bytes it holds."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from workbench.errors import ImportFileError

MAX_LINE_BYTES = 16 << 20
_BOM = codecs.BOM_UTF8
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its newline.

    Attributes:
        number: 1-based.
        offset: Position of its first byte in the file.
        content: The bytes; only the beginning if `is_too_long`.
        text: The characters; bytes that are not in the encoding are lone surrogates.
        is_too_long: Longer than `MAX_LINE_BYTES`.
    """

    number: int
    offset: int
    content: bytes
    text: str
    is_too_long: bool = False


def check_encoding(encoding: str) -> str:
    """Return the canonical name of an encoding.

    Raises:
        ImportFileError: Python knows none of that name.
    """
    try:
        "\n".encode(encoding)  # also refuses codecs that are no text encodings, such as hex
        return codecs.lookup(encoding).name
    except LookupError as exc:
        raise ImportFileError(
            f"There is no text encoding {encoding!r}.",
            "Usual ones: utf-8, latin-1, cp1252, utf-16.",
        ) from exc


def read_lines(stream: BinaryIO, encoding: str) -> Iterator[Line]:
    """Yield the lines of a file; memory stays bounded by the longest line allowed.

    Raises:
        ImportFileError: The bytes are not in `encoding` and lines cannot be told apart.
    """
    if "\n".encode(encoding) == b"\n":
        return _byte_lines(stream, encoding)
    return _text_lines(stream, encoding)


def _byte_lines(stream: BinaryIO, encoding: str) -> Iterator[Line]:
    number = offset = 0
    while content := stream.readline(MAX_LINE_BYTES):
        number += 1
        is_too_long = len(content) == MAX_LINE_BYTES and not content.endswith(b"\n")
        skipped = _skip_line(stream) if is_too_long else 0
        bom = len(_BOM) if number == 1 and content.startswith(_BOM) else 0
        body = content[bom:]
        text = body.decode(encoding, "surrogateescape")
        yield Line(number, offset + bom, body, text, is_too_long)
        offset += len(content) + skipped


def _skip_line(stream: BinaryIO) -> int:
    skipped = 0
    while more := stream.readline(MAX_LINE_BYTES):
        skipped += len(more)
        if more.endswith(b"\n"):
            break
    return skipped


def _text_lines(stream: BinaryIO, encoding: str) -> Iterator[Line]:
    """Lines of UTF-16 and the like, in which a newline is more than one byte."""
    text_stream = io.TextIOWrapper(stream, encoding=encoding, newline="\n")
    number = 0
    try:
        while text := text_stream.readline(MAX_LINE_BYTES):
            number += 1
            is_too_long = len(text) == MAX_LINE_BYTES and not text.endswith("\n")
            yield Line(number, 0, text.encode(errors="surrogatepass"), text, is_too_long)
    except UnicodeError as exc:
        raise ImportFileError(
            f"The file is not {encoding} text: line {number + 1} cannot be decoded.",
            "Name its encoding with --encoding.",
        ) from exc
    finally:
        text_stream.detach()  # the caller closes the file


def undecodable_byte(line: Line, encoding: str) -> tuple[int, int] | None:
    """Return position in the file and value of the first byte that is not in `encoding`."""
    if not _SURROGATE.search(line.text):
        return None  # a wrong byte would stand in the text as a lone surrogate
    try:
        line.content.decode(encoding)
    except UnicodeDecodeError as exc:
        return line.offset + exc.start, line.content[exc.start]
    return None
