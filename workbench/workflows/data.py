"""Look at what the store holds: files, versions, rows and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from workbench.home import Home
from workbench.records import Example, PreferencePair
from workbench.store import Store, open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One imported file."""

    source_id: str
    file_name: str
    status: str
    n_rows: int
    imported_at: str
    reading: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One published version."""

    digest: str
    kind: str
    is_latest: bool
    published_at: str
    counts: Mapping[str, int]
    parents: Sequence[str]
    dropped: Mapping[str, int]
    simulated_rows: int


@dataclass(frozen=True, slots=True)
class DataList:
    """Everything that the store holds, in summary."""

    sources: tuple[SourceSummary, ...]
    versions: tuple[VersionSummary, ...]
    quarantined: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VersionView:
    """Some rows of a version."""

    summary: VersionSummary
    split: str | None
    rows: tuple[Example | PreferencePair, ...]


def list_data(home: Home) -> DataList:
    """Return every imported file and every version."""
    with open_store(home) as store:
        return DataList(
            sources=tuple(
                SourceSummary(
                    source.source_id,
                    source.file_name,
                    source.status,
                    source.n_rows,
                    source.imported_at,
                    source.reading,
                )
                for source in store.sources()
            ),
            versions=version_summaries(store),
            quarantined=store.quarantine_counts(),
        )


def show_version(
    home: Home, reference: str, *, split: str | None = None, limit: int = 5
) -> VersionView:
    """Return the first rows of a version, in the order of their ids.

    Args:
        home: The project.
        reference: A digest, a unique prefix, `latest`, `latest:examples` or `latest:pairs`.
        split: Only rows of this split.
        limit: How many.

    Raises:
        NotFoundError: There is no such version or split.
    """
    version = resolve_version(home, reference)
    with open_store(home) as store:
        summary = next(
            found for found in version_summaries(store) if found.digest == version.manifest.digest
        )
    rows: Sequence[Example | PreferencePair] = (
        read_examples(version, split)
        if version.manifest.kind == "examples"
        else read_pairs(version, split)
    )
    return VersionView(summary, split, tuple(islice(rows, limit)))


def version_summaries(store: Store) -> tuple[VersionSummary, ...]:
    """Return every version in summary, the one published last first."""
    return tuple(
        VersionSummary(
            found.manifest.digest,
            found.manifest.kind,
            found.is_latest,
            found.published_at,
            found.manifest.counts,
            found.manifest.parents,
            found.manifest.dropped,
            found.manifest.simulated_rows,
        )
        for found in store.list_versions()
    )
