"""Open whatever we import as a table."""

from __future__ import annotations

from contextlib import AbstractContextManager

from workbench.curation.importing.arrow_tables import open_arrow_table
from workbench.curation.importing.documents import open_documents
from workbench.curation.importing.formats import DOCUMENTS, SHEETS, TEXT_TABLES
from workbench.curation.importing.items import Item
from workbench.curation.importing.sheets import open_workbook
from workbench.curation.importing.tables import Table
from workbench.curation.importing.text_tables import open_text_table


def open_table(item: Item, *, encoding: str = "utf-8") -> AbstractContextManager[Table]:
    """Open a file, a saved dataset or some documents.

    Args:
        item: What to open.
        encoding: Of text files; the other formats know their own.

    Raises:
        ImportFileError: It cannot be read, is empty, or is not of its format at all.
    """
    if item.format in TEXT_TABLES:
        return open_text_table(item.paths[0], item.format, encoding)
    if item.format in SHEETS:
        return open_workbook(item.paths[0], item.format)
    if item.format in DOCUMENTS:
        return open_documents(item.paths, item.names, item.format, encoding)
    return open_arrow_table(item.paths, item.format)
