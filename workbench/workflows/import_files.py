"""Import files: every row becomes an example with its place, or is quarantined with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.curation.importing.columns import parse_mapping
from workbench.curation.importing.intake import FilePlan, StagedFile, plan_file, remedy_for, stage_file
from workbench.curation.importing.reading import FORMATS, FileFormat
from workbench.curation.staging import staging_folder
from workbench.errors import ImportFileError
from workbench.files import disk_errors
from workbench.home import Home
from workbench.progress import track
from workbench.store import AddedSource, Edge, Source, Store, open_store


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What importing one file did.

    Attributes:
        file: The path as given.
        source_id: Id of the file, read this way.
        columns: Column in use per role.
        encoding: Of the text.
        status: `new`, or `known` if it was imported before and nothing was added.
        n_examples: Usable rows.
        n_new_examples: Those whose content no earlier file had.
        quarantined: Rows set aside, per reason.
        remedy: What to do about the quarantined rows; empty if there are none.
        replaced: Earlier imports that this one took the place of.
    """

    file: str
    source_id: str
    columns: Mapping[str, str]
    encoding: str
    status: str
    n_examples: int
    n_new_examples: int
    quarantined: Mapping[str, int]
    remedy: str
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, file by file."""

    files: tuple[ImportedFile, ...]

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
    encoding: str = "utf-8",
    replace: bool = False,
) -> ImportResult:
    """Import files into the store, each in one step that happens wholly or not at all.

    All files are looked at before the first is imported, so a wrong path or column changes
    nothing. A file that was imported before, read the same way, is left as it is; therefore the
    same command continues after an interruption.

    Args:
        home: The project.
        files: CSV, TSV, JSON Lines or JSON array files.
        mapping: `input=COLUMN,output=COLUMN,group=COLUMN`; roles left out are found by name.
        file_format: One of `FORMATS`; by suffix for None.
        encoding: Of the text.
        replace: Take earlier imports of a file of the same name out of force.

    Raises:
        ImportFileError: A file cannot be imported as asked.
    """
    roles = parse_mapping(mapping)
    chosen = _checked_format(file_format)
    plans = [
        plan_file(path, mapping=roles, file_format=chosen, encoding=encoding) for path in files
    ]
    return ImportResult(tuple(_import_file(home, plan, replace=replace) for plan in plans))


def _checked_format(name: str | None) -> FileFormat | None:
    if name is not None and name not in FORMATS:
        raise ImportFileError(
            f"--format {name!r} is not known.", f"Known formats: {', '.join(FORMATS)}."
        )
    return name


def _import_file(home: Home, plan: FilePlan, *, replace: bool) -> ImportedFile:
    with open_store(home) as store:
        if known := store.reuse_source(plan.source_id, replace_same_name=replace):
            _record_replaced(store, plan, known)
            return _imported(plan, known, store.quarantine_counts(source_id=plan.source_id))
        cipher, wrapped_key = store.keys.new_key(plan.source_id)
    with staging_folder(home.root / "staging") as folder, disk_errors(folder):
        with track(f"Import {plan.path.name}") as progress:
            staged = stage_file(plan, cipher, folder, progress.update)
            progress.update(staged.n_rows, total=staged.n_rows)
        added = _add(home, plan, staged, wrapped_key, replace=replace)
    return _imported(plan, added, staged.reasons)


def _add(
    home: Home, plan: FilePlan, staged: StagedFile, wrapped_key: bytes, *, replace: bool
) -> AddedSource:
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = Source(
        plan.source_id,
        plan.path.name,
        plan.sha256,
        plan.reading.described(),
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


def _imported(plan: FilePlan, added: AddedSource, reasons: Mapping[str, int]) -> ImportedFile:
    return ImportedFile(
        file=str(plan.path),
        source_id=plan.source_id,
        columns=plan.reading.columns.described(),
        encoding=plan.reading.encoding,
        status="new" if added.is_new else "known",
        n_examples=added.n_examples,
        n_new_examples=added.n_new_examples,
        quarantined=dict(reasons),
        remedy=remedy_for(reasons) if reasons else "",
        replaced=tuple(f"{old.file_name} ({old.source_id})" for old in added.retired),
    )
