"""Preview an import: how files would be read, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.importing.parser import start_parser
from workbench.curation.importing.preview import FilePreview
from workbench.curation.importing.requests import ImportOptions, requests_for


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """How each file would be read; `skipped` names files of folders that would be left out."""

    files: tuple[FilePreview, ...]
    skipped: tuple[str, ...]


def preview_import(
    files: Sequence[Path],
    *,
    mapping: str = "",
    file_format: str | None = None,
    layout: str | None = None,
    encoding: str = "utf-8",
    join: Path | None = None,
    on: str = "",
) -> ImportPreview:
    """Show format, columns with their roles, and the first rows of files; nothing is written.

    The arguments are those of `import_files`. Columns that are not recognised are part of the
    preview (`FilePreview.problem`), so that they can be mapped.

    Raises:
        ImportFileError: A file cannot be opened at all.
    """
    found = requests_for(files, ImportOptions(mapping, file_format, layout, encoding, join, on))
    with start_parser() as parser:
        return ImportPreview(tuple(map(parser.preview, found.requests)), found.skipped)
