"""Import files: every row becomes an example with its place, or is quarantined with its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.curation.importing.intake import (
    FilePlan,
    StagedFile,
    plan_file,
    remedy_for,
    stage_file,
)
from workbench.curation.importing.parser import Parser, start_parser
from workbench.curation.importing.requests import ImportOptions, requests_for
from workbench.curation.staging import staging_folder
from workbench.files import disk_errors
from workbench.home import Home
from workbench.progress import track
from workbench.store import AddedSource, Edge, Source, Store, open_store
from workbench.workflows.uploads import remove_uploads


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What importing one file did.

    Attributes:
        file: The path as given, or the name below the folder given.
        source_id: Id of the file, read this way.
        format: Of the file.
        layout: Of its rows.
        columns: Column in use per role.
        encoding: Of the text.
        status: `new`, or `known` if it was imported before and nothing was added.
        n_examples: Usable rows.
        n_new_examples: Those whose content no earlier file had.
        n_ties: Answers that make no pair since they are rated like the best one.
        quarantined: Rows set aside, per reason.
        remedy: What to do about the quarantined rows; empty if there are none.
        replaced: Earlier imports that this one took the place of.
    """

    file: str
    source_id: str
    format: str
    layout: str
    columns: Mapping[str, str]
    encoding: str
    status: str
    n_examples: int
    n_new_examples: int
    n_ties: int
    quarantined: Mapping[str, int]
    remedy: str
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, file by file; `skipped` names files of folders that were left out."""

    files: tuple[ImportedFile, ...]
    skipped: tuple[str, ...] = ()

    @property
    def n_examples(self) -> int:
        return sum(file.n_examples for file in self.files)

    @property
    def n_quarantined(self) -> int:
        return sum(sum(file.quarantined.values()) for file in self.files)


def import_files(
    home: Home,
    files: Sequence[Path],
    *,
    mapping: str = "",
    file_format: str | None = None,
    layout: str | None = None,
    encoding: str = "utf-8",
    join: Path | None = None,
    on: str = "",
    licence: str = "",
    replace: bool = False,
) -> ImportResult:
    """Import files into the store, each in one step that happens wholly or not at all.

    All files are looked at before the first is imported, so a wrong path or column changes
    nothing. A file that was imported before, read the same way, is left as it is; therefore the
    same command continues after an interruption. What was uploaded through the application is
    removed once it is imported.

    Args:
        home: The project.
        files: Files of the formats in `FORMATS`, folders of these, or saved `datasets`.
        mapping: `input=COLUMN,output=COLUMN,group=COLUMN,names=COLUMN+COLUMN`; roles left out are
            found by name.
        file_format: One of `FORMATS`; by suffix for None.
        layout: One of `LAYOUTS`; by columns and values for None.
        encoding: Of the text.
        join: The file or folder with the answers, where they stand apart.
        on: Key of both files: `id`, or `note_id=id`; documents have their names as keys.
        licence: Under which the texts may be used; it goes with the data set.
        replace: Take earlier imports of a file of the same name out of force.

    Raises:
        ImportFileError: A file cannot be imported as asked.
    """
    options = ImportOptions(mapping, file_format, layout, encoding, join, on)
    found = requests_for(files, options)
    with start_parser() as parser:
        plans = [plan_file(parser, request, licence=licence) for request in found.requests]
        imported = [_import_file(home, parser, plan, replace=replace) for plan in plans]
    remove_uploads(home, files)
    return ImportResult(tuple(imported), found.skipped)


def _import_file(home: Home, parser: Parser, plan: FilePlan, *, replace: bool) -> ImportedFile:
    with open_store(home) as store:
        plan = dataclasses.replace(plan, source_id=store.id_to_import(plan.source_id))
        if known := store.reuse_source(plan.source_id, replace_same_name=replace):
            _record_replaced(store, plan, known)
            reasons = store.quarantine_counts(source_id=plan.source_id)
            return _imported(plan, known, reasons, n_ties=0)
        cipher, wrapped_key = store.keys.new_key(plan.source_id)
    with staging_folder(home.root / "staging") as folder, disk_errors(folder):
        with track(f"Import {plan.name}", unit="rows") as progress:
            staged = stage_file(parser, plan, cipher, folder, progress.update)
            progress.update(staged.n_rows, total=staged.n_rows)
        added = _add(home, plan, staged, wrapped_key, replace=replace)
    return _imported(plan, added, staged.reasons, n_ties=staged.n_ties)


def _add(
    home: Home, plan: FilePlan, staged: StagedFile, wrapped_key: bytes, *, replace: bool
) -> AddedSource:
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = Source(
        plan.source_id,
        plan.name,
        plan.sha256,
        plan.record(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        staged.n_rows,
    )
    with (
        pq.ParquetFile(staged.examples) as examples,
        pq.ParquetFile(staged.quarantine) as quarantine,
        open_store(home) as store,
    ):
        added = store.add_source(
            source,
            wrapped_key=wrapped_key,
            examples=pa.RecordBatchReader.from_batches(
                examples.schema_arrow, examples.iter_batches()
            ),
            quarantine=pa.RecordBatchReader.from_batches(
                quarantine.schema_arrow, quarantine.iter_batches()
            ),
            replace_same_name=replace,
        )
        _record_replaced(store, plan, added)
    return added


def _record_replaced(store: Store, plan: FilePlan, added: AddedSource) -> None:
    store.add_lineage(
        [
            Edge(f"source:{plan.source_id}", f"source:{old.source_id}", "replaces")
            for old in added.retired
        ]
    )


def _imported(
    plan: FilePlan, added: AddedSource, reasons: Mapping[str, int], *, n_ties: int
) -> ImportedFile:
    return ImportedFile(
        file=plan.place,
        source_id=plan.source_id,
        format=plan.reading.format,
        layout=plan.reading.layout,
        columns=plan.reading.columns.described(),
        encoding=plan.reading.encoding,
        status="new" if added.is_new else "known",
        n_examples=added.n_examples,
        n_new_examples=added.n_new_examples,
        n_ties=n_ties,
        quarantined=dict(reasons),
        remedy=remedy_for(reasons) if reasons else "",
        replaced=tuple(f"{old.file_name} ({old.source_id})" for old in added.retired),
    )
