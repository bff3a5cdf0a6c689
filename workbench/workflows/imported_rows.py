"""The imported rows as curation meets them, read from the store in one burst."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.curation.hand_fixes import fixes_in_force, with_fix
from workbench.curation.judging.row_pass import ImportedRow
from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.store import (
    Correction,
    Rulings,
    SourceCipher,
    open_original,
    open_store,
    rulings_in_force,
)

_READ_ROWS = 2000
_COLUMNS = ("example_id", "source_id", "file_name", "locator", "payload")
_SURROGATES = "surrogates of personal data"
_EDITS = "digests of edits"


@dataclass(frozen=True, slots=True)
class Imported:
    """What the store held when curation began.

    Attributes:
        originals: File with every row in force, encrypted, in the order of ids.
        ciphers: The cipher of each source.
        n_rows: Rows in that file.
        n_quarantined: Rows that could not be imported.
        sources: Ids of the files in force.
        known_versions: Digests of the versions published so far.
        rulings: What people undid.
        fixes: What people wrote by hand, by row.
        surrogate_key: What surrogates of personal data are drawn with.
        edits_key: What tells equal edits; see `EditSpool`.
    """

    originals: Path
    ciphers: Mapping[str, SourceCipher]
    n_rows: int
    n_quarantined: int
    sources: tuple[str, ...]
    known_versions: frozenset[str]
    rulings: Rulings
    fixes: Mapping[str, Correction]
    surrogate_key: bytes
    edits_key: bytes


def export_imported(home: Home, target: Path) -> Imported:
    """Write the rows in force to a file and return it with all else that curation needs.

    Raises:
        NotFoundError: Nothing was imported yet.
    """
    with open_store(home) as store:
        n_rows = store.export_originals(target)
        rulings = rulings_in_force(store.rulings())
        imported = Imported(
            originals=target,
            ciphers=store.ciphers,
            n_rows=n_rows,
            n_quarantined=sum(store.quarantine_counts().values()),
            sources=tuple(s.source_id for s in store.sources() if s.status == "active"),
            known_versions=frozenset(v.manifest.digest for v in store.list_versions()),
            rulings=rulings,
            fixes=fixes_in_force(store.last_corrections(), rulings),
            surrogate_key=store.keys.derived(_SURROGATES),
            edits_key=store.keys.derived(_EDITS),
        )
    if not n_rows:
        raise NotFoundError(
            f"{home.store_file} holds no imported example.", "Import some: `workbench import FILE`."
        )
    return imported


def imported_rows(imported: Imported) -> Iterator[ImportedRow]:
    """Yield each example once, with the texts that a person wrote for it, if one did."""
    for row in _rows_of_files(imported):
        yield with_fix(row, imported.fixes, imported.ciphers)


def _rows_of_files(imported: Imported) -> Iterator[ImportedRow]:
    """Yield each example once; where it was seen in several places, the first one stands for it."""
    import pyarrow.parquet as pq

    current: ImportedRow | None = None
    with pq.ParquetFile(imported.originals) as file:
        for batch in file.iter_batches(_READ_ROWS):
            columns = [batch[name].to_pylist() for name in _COLUMNS]
            for example_id, source_id, file_name, locator, payload in zip(*columns, strict=True):
                original = open_original(payload, imported.ciphers[source_id])
                groups = (original.group,) if original.group else ()
                if current and current.example_id == example_id:
                    current = _with(current, groups, original.names)
                    continue
                if current:
                    yield current
                current = ImportedRow(
                    example_id,
                    source_id,
                    file_name,
                    locator,
                    groups,
                    original.texts(),
                    names=original.names,
                )
    if current:
        yield current


def _with(row: ImportedRow, groups: tuple[str, ...], names: tuple[str, ...]) -> ImportedRow:
    """Add what another place says of the same example."""
    return replace(
        row,
        groups=tuple(sorted({*row.groups, *groups})),
        names=tuple(sorted({*row.names, *names})),
    )


def distinct_texts(imported: Imported) -> Iterator[str]:
    """Yield each text of the rows once."""
    seen: set[bytes] = set()
    for row in imported_rows(imported):
        for text in row.texts.values():
            key = hashlib.blake2b(text.encode(), digest_size=16).digest()
            if key not in seen:
                seen.add(key)
                yield text
