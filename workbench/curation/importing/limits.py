"""What a file may cost: every bound on untrusted files in one place.

Files come from other people. They are parsed in a child process (see `parser.py`) that is ended
when it goes beyond these bounds; sizes that can be known beforehand are checked before opening.
"""

from __future__ import annotations

from dataclasses import dataclass

# Of a file that holds a table. A CSV header of a megabyte of commas is an attack or an accident.
MAX_COLUMNS = 4096
# XLSX, ODS and DOCX are zip archives. Text shrinks about tenfold; a bomb shrinks a thousandfold.
MAX_UNPACKED_BYTES = 1 << 30
MAX_UNPACKED_RATIO = 200
# Small archives may shrink more: the same few bytes of XML around little text.
SMALL_UNPACKED_BYTES = 16 << 20
MAX_ARCHIVE_MEMBERS = 100_000
# One document is one input, and no model reads more than this of it.
MAX_DOCUMENT_BYTES = 256 << 20
MAX_DOCUMENT_CHARACTERS = 16 << 20
MAX_FILES = 100_000
MAX_FOLDER_DEPTH = 32
# A workbook is parsed as a whole, so that its size bounds its memory.
MAX_WORKBOOK_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class ParserLimits:
    """Bounds on the process that parses.

    Attributes:
        memory_bytes: Resident memory; also bounds what it may reserve at once.
        silent_seconds: Wall time in which it must finish some rows.
        cpu_seconds: CPU time for one request, whatever the size of the file.
        cpu_seconds_per_mb: CPU time added for each MB of the file.
    """

    memory_bytes: int = 2 << 30
    silent_seconds: float = 120.0
    cpu_seconds: float = 120.0
    cpu_seconds_per_mb: float = 2.0
