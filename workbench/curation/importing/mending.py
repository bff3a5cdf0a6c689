"""Quarantined rows on their way out to be mended, and back.

A mended file holds one JSON object a line. Each has the row as it stood (`raw`) and what was wrong;
people write `input` and `output` (and `rejected`, `group`, `names`), which are filled in as far as
the row could be read. Rows whose input and output are both still empty are left in quarantine.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.curation.importing.column_names import split_names
from workbench.curation.importing.columns import ColumnMap
from workbench.curation.importing.examine import examine_row
from workbench.curation.importing.formats import open_regular
from workbench.curation.importing.json_rows import read_json_lines
from workbench.curation.importing.lines import read_lines
from workbench.curation.importing.rows import BadRow, CellRow, UsableRow
from workbench.errors import ImportFileError

TEXTS = ("input", "output", "rejected", "group", "names")


@dataclass(frozen=True, slots=True)
class MendedRow:
    """A row that somebody mended, or tried to.

    Attributes:
        entry_id: Id in the quarantine.
        result: The usable row, or why it still is not.
    """

    entry_id: str
    result: UsableRow | BadRow


def draft_texts(raw: bytes, reading: Mapping[str, Any]) -> dict[str, str]:
    """Return as much of a quarantined row's texts as its bytes show; empty texts otherwise.

    Args:
        raw: The row as it stood in the file.
        reading: What the store recorded of how the file was read.
    """
    values = _values(raw, reading)
    columns = reading.get("columns", {})
    drafts = {}
    # a rated answer is no output to learn from unless somebody says so
    passed_over = "output" if "ratings" in columns else ""
    for role in TEXTS:
        names = split_names(columns.get(role, "")) if role != passed_over else ()
        parts = [values.get(name) for name in names]
        drafts[role] = "\n\n".join(part for part in parts if isinstance(part, str) and part)
    return drafts


def read_mended(path: Path) -> Iterator[MendedRow]:
    """Yield the rows of a mended file that hold an input or an output.

    Raises:
        ImportFileError: It is not such a file; the message names the line.
    """
    with open_regular(path) as stream:
        for row in read_json_lines(read_lines(stream, "utf-8")):
            if isinstance(row, BadRow):
                raise ImportFileError(f"{path}, line {row.line}: {row.detail}", _REMEDY)
            entry_id = row.values.get("id")
            if not isinstance(entry_id, str):
                raise ImportFileError(f"{path}, line {row.line} has no id.", _REMEDY)
            if row.values.get("input") or row.values.get("output"):
                yield MendedRow(entry_id, _examined(row.line, row.values))


_REMEDY = "Write it anew with `workbench data quarantine --export FILE`."


def _examined(line: int, values: Mapping[str, object]) -> UsableRow | BadRow:
    rejected = "rejected" if values.get("rejected") else None
    columns = ColumnMap(
        ("input",),
        ("output",),
        group="group",
        names=("names",),
        rejected=rejected,
        layout="preference" if rejected else "columns",
    )
    (row,) = examine_row(CellRow(line, "", values), columns, "utf-8").rows
    return row


def _values(raw: bytes, reading: Mapping[str, Any]) -> dict[str, object]:
    text = raw.decode(reading.get("encoding", "utf-8"), "replace")
    if reading.get("format") in ("csv", "tsv"):
        return _delimited_values(text, reading)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _delimited_values(text: str, reading: Mapping[str, Any]) -> dict[str, object]:
    header = reading.get("header", [])
    try:
        fields = next(csv.reader([text], delimiter=reading.get("delimiter") or ","), [])
    except csv.Error:
        return {}
    return dict(zip(header, fields, strict=True)) if len(header) == len(fields) else {}
