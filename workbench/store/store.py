"""The curated store: one burst of reading and writing as one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.errors import StoreError
from workbench.home import Home
from workbench.manifest import VersionFolder, read_version
from workbench.records import Example, PreferencePair
from workbench.store import (
    corrections,
    erasing,
    findings,
    leakage_checks,
    originals,
    quarantine,
    readable,
    rulings,
    runs,
    sentence_labels,
    sources,
    versions,
)
from workbench.store import decisions as decision_rows
from workbench.store import edits as edit_rows
from workbench.store.connection import DEFAULT_WAIT_SECONDS, open_connection, rewrite_file
from workbench.store.corrections import Correction
from workbench.store.decisions import Decision, DecisionTally, RecordedDecision
from workbench.store.edits import SealedEdits
from workbench.store.encryption import KeyRing, SourceCipher, load_key_ring
from workbench.store.erasing import SealedContent
from workbench.store.leakage_checks import LeakageCheckRow
from workbench.store.migrate import migrate
from workbench.store.originals import Sighting
from workbench.store.quarantine import QuarantinedRow, QuarantineFix
from workbench.store.rulings import RecordedRuling, Ruling
from workbench.store.runs import Edge
from workbench.store.sentence_labels import SentenceLabel
from workbench.store.sources import AddedSource, Source
from workbench.store.versions import RecordedVersion, VersionRow

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@contextmanager
def open_store(home: Home, *, wait_seconds: float = DEFAULT_WAIT_SECONDS) -> Iterator[Store]:
    """Open the store for one transaction: all of the block is kept, or none of it.

    Keep the block short; other processes wait for its end.

    Raises:
        StoreBusyError: Another process held the store for longer than `wait_seconds`.
    """
    with open_connection(home.store_file, wait_seconds=wait_seconds) as connection:
        migrate(connection)
        connection.begin()
        try:
            yield Store(connection, home.key_file)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def rewrite_store(home: Home, *, wait_seconds: float = DEFAULT_WAIT_SECONDS) -> None:
    """Write the store's file anew: no byte of a destroyed key is left in it. See `rewrite_file`."""
    rewrite_file(home.store_file, wait_seconds=wait_seconds)


def resolve_version(home: Home, reference: str) -> VersionFolder:
    """Return the verified version that a reference names.

    Args:
        home: The project.
        reference: A digest, a unique prefix, `latest`, `latest:examples` or `latest:pairs`.

    Raises:
        NotFoundError: No version goes by that name.
        VersionCorruptError: Its files were changed after publication.
    """
    with open_store(home) as store:
        digest = store.find_version(reference)
    return read_version(home.versions / digest)


class Store:
    """What can be read and written within one `open_store` block."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, key_file: Path) -> None:
        self._connection = connection
        self._key_file = key_file

    @cached_property
    def keys(self) -> KeyRing:
        """The home's keys; a first key file is made only while nothing is encrypted."""
        row = self._connection.execute("SELECT count(*) FROM source_keys").fetchone()
        return load_key_ring(self._key_file, create=row is None or row[0] == 0)

    @cached_property
    def ciphers(self) -> Mapping[str, SourceCipher]:
        """The cipher of each source that is not erased; usable after the store is closed."""
        return originals.open_ciphers(self._connection, self.keys)

    # Sources and their rows.

    def add_source(
        self,
        source: Source,
        *,
        wrapped_key: bytes,
        examples: pa.RecordBatchReader,
        quarantine: pa.RecordBatchReader,
        replace_same_name: bool = False,
    ) -> AddedSource:
        """Add an imported file; one that was imported before, read the same way, is left as it is.

        Args:
            source: The file.
            wrapped_key: Its key, from `keys.new_key`, with which the rows are encrypted.
            examples: Rows of `originals.examples_schema`.
            quarantine: Rows of `originals.quarantine_schema`.
            replace_same_name: Also retire earlier files of the same name.

        Raises:
            StoreError: It was erased under this id; `id_to_import` gives another one.
        """
        if known := self.reuse_source(source.source_id, replace_same_name=replace_same_name):
            return known
        n_new = sources.insert_source(self._connection, source, wrapped_key, examples, quarantine)
        return self._added(source, n_new, replace_same_name=replace_same_name)

    def id_to_import(self, source_id: str) -> str:
        """Return the id under which a file is imported: another one after it was erased."""
        return sources.id_to_import(self._connection, source_id)

    def reuse_source(
        self, source_id: str, *, replace_same_name: bool = False
    ) -> AddedSource | None:
        """Put a source that was imported before back in force; return None if there is none.

        Raises:
            StoreError: It was erased under this id; `id_to_import` gives another one.
        """
        known = sources.find_source(self._connection, source_id)
        if known is None:
            return None
        if known.status == "erased":
            raise StoreError(
                f"{known.file_name} was erased while it was imported.",
                "If it may be used after all, import it again.",
            )
        if known.status == "retired":
            sources.add_event(self._connection, source_id, "restored", "imported again")
        return self._added(known, None, replace_same_name=replace_same_name)

    def _added(self, source: Source, n_new: int | None, *, replace_same_name: bool) -> AddedSource:
        n_examples, n_quarantined = sources.count_rows(self._connection, source.source_id)
        retired = sources.retire_predecessors(self._connection, source, same_name=replace_same_name)
        return AddedSource(n_new is not None, n_examples, n_new or 0, n_quarantined, retired)

    def sources(self) -> list[Source]:
        """Return every imported file in the order of import."""
        return sources.list_sources(self._connection)

    def erase_source(self, source_id: str) -> None:
        """Destroy a source's key: its originals can never be read again. See `rewrite_store`."""
        sources.erase_source(self._connection, source_id)

    def sealed_content(self, source_ids: Collection[str]) -> SealedContent:
        """Count what goes with the keys of sources."""
        return erasing.sealed_content(self._connection, source_ids)

    def rows_of(self, source_ids: Collection[str]) -> list[str]:
        """Return the ids of all rows of sources, sorted."""
        return erasing.rows_of(self._connection, source_ids)

    def versions_with(self, source_ids: Collection[str]) -> dict[str, int]:
        """Return how many rows of each version these sources alone hold, if any."""
        return erasing.versions_with(self._connection, source_ids)

    def export_originals(self, target: Path) -> int:
        """Write every row in force, still encrypted, to a Parquet file; return their number."""
        return originals.export_active(self._connection, target)

    def find_rows(self, prefix: str) -> list[str]:
        """Return the ids of examples, published rows and rows decided on, by a prefix."""
        return originals.find_row_ids(self._connection, prefix)

    def find_example_at(self, file_name: str, locator: str) -> list[str]:
        """Return the ids of the examples at a place of a file, such as `line 12`."""
        return originals.find_example_at(self._connection, file_name, locator)

    def find_example_across(self, file_name: str, line: int) -> list[str]:
        """Return the ids of the examples whose lines a line of a file is one of."""
        return originals.find_example_across(self._connection, file_name, line)

    def sightings(self, example_id: str) -> list[Sighting]:
        """Return every place where an example was seen."""
        return originals.list_sightings(self._connection, example_id, self.ciphers)

    def quarantine(self, *, limit: int | None = 1000) -> list[QuarantinedRow]:
        """Return the rows that could not be imported and were not mended, by file and line."""
        return quarantine.list_quarantine(self._connection, self.ciphers, limit=limit)

    def quarantine_counts(self, *, source_id: str | None = None) -> dict[str, int]:
        """Return how many rows are quarantined, per reason, of one source or of all in force."""
        return quarantine.count_quarantine(self._connection, source_id)

    def example_ids(self, source_id: str) -> set[str]:
        """Return the ids of all examples of a source."""
        return originals.list_example_ids(self._connection, source_id)

    def mend_quarantine(self, examples: pa.Table, fixes: Sequence[QuarantineFix]) -> None:
        """Add the examples that mended rows became, and record what each fix gave.

        Args:
            examples: Rows of `examples_schema`, each of a source that is there, with new ids.
            fixes: One for each entry that was looked at.
        """
        originals.insert_examples(self._connection, examples)
        quarantine.insert_fixes(self._connection, fixes)

    # Versions and the decisions that made them.

    def record_version(
        self,
        version: VersionFolder,
        rows: Sequence[VersionRow],
        *,
        decisions: Sequence[Decision] = (),
        edits: pa.RecordBatchReader | None = None,
        config_digest: str = "",
    ) -> bool:
        """Record a published folder and make it the latest of its kind.

        Args:
            version: The folder.
            rows: Membership of each of its rows.
            decisions: What was decided on the way.
            edits: What was changed on the way; rows of `edits_schema`.
            config_digest: Of what made the version.

        Returns: False if the version was recorded before; then only `latest` moves.
        """
        is_new = not versions.has_version(self._connection, version.manifest.digest)
        if is_new:
            versions.insert_version(self._connection, version, rows)
            self.record_decisions(version.manifest.digest, decisions, config_digest=config_digest)
            if edits is not None:
                edit_rows.insert_edits(self._connection, version.manifest.digest, edits)
        versions.insert_publication(self._connection, version)
        return is_new

    def record_decisions(
        self, version: str, decisions: Sequence[Decision], *, config_digest: str
    ) -> None:
        """Add what was decided on the way to a version."""
        decision_rows.insert_decisions(self._connection, version, decisions, config_digest)

    def decisions(
        self, row_id: str | None = None, *, version: str | None = None
    ) -> list[RecordedDecision]:
        """Return the decisions on a row, of a version, or of both."""
        return decision_rows.list_decisions(self._connection, row_id=row_id, version=version)

    def edits(self, version: str, row_ids: Collection[str]) -> dict[str, SealedEdits]:
        """Return what was changed in rows on the way to a version, by row."""
        return edit_rows.find_edits(self._connection, version, row_ids)

    def count_decisions(self, stage: str, rule: str, *, row_id: str | None = None) -> int:
        """Return how many rows a rule spoke of in any version; of one row, or of all."""
        return decision_rows.count_decisions(self._connection, stage, rule, row_id=row_id)

    def tally_decisions(self, version: str) -> list[DecisionTally]:
        """Return how often each rule spoke on the way to a version."""
        return decision_rows.tally(self._connection, version)

    def count_rows_by_action(self, version: str) -> dict[str, int]:
        """Return how many rows a version dropped, edited or flagged."""
        return findings.count_rows_by_action(self._connection, version)

    def count_finding(self, version: str, stage: str, rule: str) -> dict[str, int]:
        """Return of how many rows a rule spoke on the way to a version, per action."""
        return findings.count_finding(self._connection, version, stage, rule)

    def sample_finding(
        self, version: str, stage: str, rule: str, *, n_rows: int, seed: int
    ) -> list[Decision]:
        """Return what a rule said of some rows; the same seed draws the same ones."""
        return findings.sample_finding(
            self._connection, version, stage, rule, n_rows=n_rows, seed=seed
        )

    def dropping_rules(self, version: str) -> dict[str, str]:
        """Return, for each row that a version left out, the rule that did, as `stage.rule`."""
        return decision_rows.dropping_rules(self._connection, version)

    def readable_tables(self) -> dict[str, pa.Table]:
        """Return the tables that hold no text of the user's files, for queries."""
        return readable.read_tables(self._connection)

    def list_versions(self) -> list[RecordedVersion]:
        """Return every version, the one published last first."""
        return versions.list_versions(self._connection)

    def find_version(self, reference: str) -> str:
        """Return the digest that a reference names. See `resolve_version`."""
        return versions.find_digest(self._connection, reference)

    def splits_of(self, digest: str) -> dict[str, str]:
        """Return the split of each row of a version, by id."""
        return versions.splits_of(self._connection, digest)

    def memberships(self, row_id: str) -> list[tuple[str, VersionRow]]:
        """Return the versions that hold a row, with its place there."""
        return versions.find_memberships(self._connection, row_id)

    def record_leakage_check(self, version: str, check: LeakageCheckRow) -> None:
        """Record how a version stands against an evaluation file from now on."""
        leakage_checks.insert_check(self._connection, version, check)

    def leakage_checks(self, version: str) -> list[LeakageCheckRow]:
        """Return how a version stands against each file that it was checked against."""
        return leakage_checks.list_checks(self._connection, version)

    # What people said of the gate's findings.

    def record_ruling(self, rule: str, row_id: str | None, ruling: Ruling, reason: str) -> None:
        """Undo, restore or accept a rule, as `stage.rule`, for one row or (None) for all."""
        rulings.insert_ruling(self._connection, rule, row_id, ruling, reason)

    def rulings(self) -> list[RecordedRuling]:
        """Return everything that was said of rules, the first first."""
        return rulings.list_rulings(self._connection)

    def add_sentence_labels(self, labels: Sequence[SentenceLabel]) -> None:
        """Record what people said of sentences, in order."""
        sentence_labels.insert_labels(self._connection, labels)

    def sentence_labels(self) -> list[SentenceLabel]:
        """Return what stands of each sentence, without those of erased sources."""
        return sentence_labels.labels_in_force(self._connection)

    # What people wrote in the place of a row's texts.

    def record_correction(self, correction: Correction) -> None:
        """Add a correction; the last one of a row counts."""
        corrections.insert_correction(self._connection, correction)

    def corrections(self, row_id: str) -> list[Correction]:
        """Return every correction of a row, the first first."""
        return corrections.list_corrections(self._connection, row_id)

    def last_corrections(self) -> list[Correction]:
        """Return the correction that counts of each row, without those of erased sources."""
        return corrections.last_corrections(self._connection)

    # Runs and lineage.

    def record_run(self, record: Mapping[str, Any]) -> None:
        """Append how a run stands; `record` is the content of its run.json."""
        runs.insert_run(self._connection, record)

    def runs(self) -> list[dict[str, Any]]:
        """Return the last record of every run, the one that began last first."""
        return runs.list_runs(self._connection)

    def add_lineage(self, edges: Sequence[Edge]) -> None:
        """Add lineage edges; those that are there already are left as they are."""
        runs.insert_edges(self._connection, edges)

    def lineage(self, node: str, direction: Literal["parents", "children"]) -> list[Edge]:
        """Return the edges from a node to its parents or from its children."""
        return runs.list_edges(self._connection, node, direction)


def example_rows(examples: Sequence[Example]) -> list[VersionRow]:
    """Return the membership rows of examples."""
    return [
        VersionRow(example.example_id, example.example_id, example.split, example.group)
        for example in examples
    ]


def pair_rows(pairs: Sequence[PreferencePair]) -> list[VersionRow]:
    """Return the membership rows of preference pairs."""
    return [VersionRow(pair.pair_id, pair.example_id, pair.split, None) for pair in pairs]
