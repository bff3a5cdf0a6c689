"""Read documents as one text each: DOCX, PDF, Markdown and plain text."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.curation.importing.archives import check_archive
from workbench.curation.importing.formats import FileFormat, known_format, open_regular
from workbench.curation.importing.limits import MAX_DOCUMENT_BYTES, MAX_DOCUMENT_CHARACTERS
from workbench.curation.importing.lines import check_encoding
from workbench.curation.importing.rows import MAX_RAW_BYTES, BadRow, CellRow
from workbench.curation.importing.tables import Table
from workbench.errors import ImportFileError

if TYPE_CHECKING:
    from docx.table import Table as WordTable

NAME_COLUMN = "name"
TEXT_COLUMN = "text"
_PARAGRAPHS = "\n\n"
_OLE = b"\xd0\xcf\x11\xe0"


class _UnreadableError(Exception):
    """A document gives no text; `place` is the page or so at which that shows."""

    def __init__(self, reason: str, detail: str, *, raw: bytes = b"", place: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.raw = raw
        self.place = place


@contextmanager
def open_documents(
    paths: Sequence[Path], names: Sequence[str], chosen: FileFormat, encoding: str
) -> Iterator[Table]:
    """Open documents as a table with the columns `name` (without its suffix) and `text`.

    Args:
        paths: The files.
        names: What to call each in its place, such as `0012.docx`.
        chosen: How to read all of them; each by its suffix for `documents`.
        encoding: Of plain text and Markdown.
    """
    encoding = check_encoding(encoding)
    rows = _rows(paths, names, chosen, encoding)
    yield Table.peeked(chosen, encoding, (NAME_COLUMN, TEXT_COLUMN), rows)


def _rows(
    paths: Sequence[Path], names: Sequence[str], chosen: FileFormat, encoding: str
) -> Iterator[CellRow | BadRow]:
    for number, (path, name) in enumerate(zip(paths, names, strict=True), start=1):
        kind = known_format(path) if chosen == "documents" else chosen
        try:
            place, text = _READERS[kind or "text"](path, encoding)
            _check_text(text)
        except _UnreadableError as exc:
            place = ", ".join(filter(None, (name, exc.place)))
            yield BadRow(number, exc.reason, exc.detail, exc.raw, place)
        except ImportFileError as exc:  # of a file among many: the others may be fine
            yield BadRow(number, "unreadable", f"{exc.message} {exc.hint}", b"", name)
        else:
            place = ", ".join(filter(None, (name, place)))
            stem = str(Path(name).with_suffix(""))
            yield CellRow(number, place, {NAME_COLUMN: stem, TEXT_COLUMN: text})


def _check_text(text: str) -> None:
    if not text.strip():
        raise _UnreadableError("no_text", "The document holds no text.")
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise _UnreadableError(
            "too_long", f"The document has more than {MAX_DOCUMENT_CHARACTERS} characters."
        )


def _read_bytes(path: Path) -> bytes:
    with open_regular(path) as stream:
        content = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise _UnreadableError("too_long", f"It is larger than {MAX_DOCUMENT_BYTES >> 20} MiB.")
    return content


def _read_text(path: Path, encoding: str) -> tuple[str, str]:
    content = _read_bytes(path)
    try:
        return "", content.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        raise _UnreadableError(
            "wrong_encoding",
            f"Byte 0x{content[exc.start]:02X} at position {exc.start} of the file is not "
            f"{encoding}.",
            raw=content[:MAX_RAW_BYTES],
        ) from exc
    except UnicodeError as exc:
        raise _UnreadableError("wrong_encoding", f"The file is not {encoding} text.") from exc


def _read_docx(path: Path, encoding: str) -> tuple[str, str]:
    """Return paragraphs and tables in their order; headers, notes and text boxes are left out."""
    from docx import Document
    from docx.table import Table as WordTable

    if _read_bytes(path)[:4] == _OLE:
        raise _UnreadableError(
            "encrypted", "It is encrypted or an old .doc file: save it as .docx, no password."
        )
    check_archive(path, member="word/document.xml", what="DOCX")
    try:
        blocks = list(Document(str(path)).iter_inner_content())
        texts = [_table_text(b) if isinstance(b, WordTable) else b.text for b in blocks]
    except (KeyError, ValueError, SyntaxError, OSError, NotImplementedError) as exc:
        # lxml's errors are SyntaxErrors; python-docx meets missing parts with KeyError
        raise _UnreadableError("unreadable", "It is not a whole DOCX file: save it again.") from exc
    if not any(text.strip() for text in texts):
        raise _UnreadableError("no_text", "It holds no text: pictures of text need OCR first.")
    return "", _PARAGRAPHS.join(text for text in texts if text.strip())


def _table_text(table: WordTable) -> str:
    lines = []
    for row in table.rows:
        cells = list(dict.fromkeys(row.cells))  # a merged cell comes once for each place
        lines.append(" | ".join(cell.text.strip() for cell in cells))
    return "\n".join(lines)


def _read_pdf(path: Path, encoding: str) -> tuple[str, str]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    _read_bytes(path)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what it finds in the file
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _UnreadableError("encrypted", "The PDF is encrypted: save it without a password.")
        pages = [_page_text(page, number) for number, page in enumerate(reader.pages, start=1)]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            OSError, RecursionError, ArithmeticError) as exc:  # fmt: skip
        # pypdf meets a broken file with any of these
        raise _UnreadableError("unreadable", "It is not a whole PDF: save it again.") from exc
    if not any(pages):
        raise _UnreadableError("no_text", "Its pages hold no text: scanned pages need OCR first.")
    last = len(pages)
    place = "page 1" if last == 1 else f"pages 1-{last}"
    return place, _PARAGRAPHS.join(filter(None, pages))


def _page_text(page: object, number: int) -> str:
    text = page.extract_text().strip()  # type: ignore[attr-defined]  # pypdf's page
    if not text and _has_image(page):
        raise _UnreadableError(
            "no_text",
            f"Page {number} is a picture without text: scanned pages need OCR first.",
            place=f"page {number}",
        )
    return str(text)


def _has_image(page: object) -> bool:
    resources = page.get("/Resources")  # type: ignore[attr-defined]  # pypdf's page
    objects = resources.get_object().get("/XObject") if resources else None
    found = objects.get_object().values() if objects else ()
    return any(item.get_object().get("/Subtype") == "/Image" for item in found)


_READERS: dict[str, Callable[[Path, str], tuple[str, str]]] = {
    "docx": _read_docx,
    "pdf": _read_pdf,
    "markdown": _read_text,
    "text": _read_text,
}
