"""The rows that could not be imported: list them, write them out, and take them back mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.curation.importing.intake import content_digest, occurrence_id
from workbench.curation.importing.mending import MendedRow, draft_texts, read_mended
from workbench.curation.importing.rows import BadRow, UsableRow
from workbench.errors import NotFoundError
from workbench.files import write_atomic
from workbench.home import Home
from workbench.store import (
    Original,
    QuarantinedRow,
    QuarantineFix,
    Store,
    examples_schema,
    open_store,
)


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A row that could not be imported, with its text as far as it can be shown."""

    entry_id: str
    file_name: str
    place: str
    line: int
    reason: str
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class ExportedQuarantine:
    """Where the rows to be mended were written, and how many."""

    file: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class StillBad:
    """A row of a mended file that is not usable yet."""

    entry_id: str
    file_name: str
    place: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class FixResult:
    """What a mended file gave.

    Attributes:
        n_mended: Rows that are examples now.
        still_bad: Rows that are not, each with its new reason.
        n_unknown: Rows that are in no quarantine: mended before, or their file was replaced.
        n_left: Rows still in quarantine, those included that the file does not mend.
    """

    n_mended: int
    still_bad: tuple[StillBad, ...]
    n_unknown: int
    n_left: int


def list_quarantine(home: Home, *, limit: int = 20) -> tuple[QuarantineEntry, ...]:
    """Return rows that could not be imported, by file and line."""
    with open_store(home) as store:
        rows = store.quarantine(limit=limit)
    return tuple(
        QuarantineEntry(
            row.entry_id,
            row.file_name,
            row.locator,
            row.line,
            row.reason,
            row.detail,
            _shown(row.raw),
        )
        for row in rows
    )


def export_quarantine(home: Home, target: Path) -> ExportedQuarantine:
    """Write every quarantined row as a line of JSON, to be mended and read back.

    The file holds the users' text, so that only its owner can read it. People fill in `input` and
    `output`; they hold already what could be read.

    Raises:
        NotFoundError: No row is quarantined.
    """
    with open_store(home) as store:
        rows = store.quarantine(limit=None)
        readings = {source.source_id: source.reading for source in store.sources()}
    if not rows:
        raise NotFoundError("No row is quarantined.", "See `workbench data list`.")
    lines = [json.dumps(_to_mend(row, readings[row.source_id]), ensure_ascii=False) for row in rows]
    write_atomic(target, "\n".join(lines) + "\n")
    return ExportedQuarantine(str(target), len(rows))


def fix_quarantine(home: Home, mended: Path) -> FixResult:
    """Take back the rows that somebody mended, all in one step.

    A mended row becomes an example of the file that it came from, at its old place; so it goes
    when that file is erased or replaced. A row that is still bad stays, with its new reason.

    Raises:
        ImportFileError: The file is not one that `export_quarantine` wrote.
    """
    rows = list(read_mended(mended))
    with open_store(home) as store:
        entries = {entry.entry_id: entry for entry in store.quarantine(limit=None)}
        known = {row.entry_id: row for row in rows if row.entry_id in entries}
        good = [row for row in known.values() if isinstance(row.result, UsableRow)]
        bad = [row for row in known.values() if isinstance(row.result, BadRow)]
        store.mend_quarantine(
            _examples(store, good, entries), [_fix(row, entries) for row in known.values()]
        )
        n_left = sum(store.quarantine_counts().values())
    n_unknown = len({row.entry_id for row in rows}) - len(known)
    return FixResult(len(good), tuple(_still_bad(row, entries) for row in bad), n_unknown, n_left)


def _to_mend(row: QuarantinedRow, reading: Mapping[str, Any]) -> dict[str, Any]:
    raw = row.raw or b""
    return {
        "id": row.entry_id,
        "file": row.file_name,
        "place": row.locator,
        "line": row.line,
        "reason": row.reason,
        "detail": row.detail,
        **draft_texts(raw, reading),
        "raw": _shown(raw),
    }


def _examples(
    store: Store, rows: Sequence[MendedRow], entries: Mapping[str, QuarantinedRow]
) -> Any:  # noqa: ANN401 - a pyarrow table
    import pyarrow as pa

    taken = {
        source_id: store.example_ids(source_id)
        for source_id in {entries[row.entry_id].source_id for row in rows}
    }
    cells = []
    for row in rows:
        entry, text = entries[row.entry_id], row.result
        if isinstance(text, BadRow):
            continue
        example_id = _free_id(text, taken[entry.source_id])
        taken[entry.source_id].add(example_id)
        original = Original(text.input, text.output, text.group, text.rejected, text.names)
        sealed = original.seal(store.ciphers[entry.source_id])
        cells.append((example_id, entry.source_id, entry.row_number, entry.locator, sealed))
    schema = examples_schema()
    columns = zip(*cells, strict=True) if cells else [()] * len(schema)
    return pa.table([pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)], schema)


def _free_id(row: UsableRow, taken: set[str]) -> str:
    """Return the id of the next row with this content in its file."""
    content = content_digest(row.input, row.output, row.rejected)
    occurrence = 0
    while occurrence_id(content, occurrence) in taken:
        occurrence += 1
    return occurrence_id(content, occurrence)


def _fix(row: MendedRow, entries: Mapping[str, QuarantinedRow]) -> QuarantineFix:
    source_id = entries[row.entry_id].source_id
    if isinstance(row.result, BadRow):
        return QuarantineFix(
            row.entry_id, source_id, "still_bad", row.result.reason, row.result.detail
        )
    return QuarantineFix(row.entry_id, source_id, "mended")


def _still_bad(row: MendedRow, entries: Mapping[str, QuarantinedRow]) -> StillBad:
    fix, entry = _fix(row, entries), entries[row.entry_id]
    return StillBad(row.entry_id, entry.file_name, entry.locator, fix.reason, fix.detail)


def _shown(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="backslashreplace")
