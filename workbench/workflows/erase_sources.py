"""Erase imported files: destroy their keys, and remove what else the home keeps of their rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workbench.curation.judging.cache import open_row_cache
from workbench.curation.staging import folders_in_use, remove_abandoned
from workbench.errors import NotFoundError, StoreBusyError
from workbench.home import Home
from workbench.manifest import DRAFT_PREFIX
from workbench.progress import track
from workbench.store import SealedContent, Source, Store, open_store, rewrite_store
from workbench.workflows.chatter_model import models_that_learned_from
from workbench.workflows.remaining_copies import RemainingCopy, remaining_copies
from workbench.workflows.uploads import forget_uploads

ELSEWHERE = (
    "the file itself, wherever it lies",
    "exports and other files that commands wrote where you told them to",
    "backups: a copy of curated.duckdb opens with its store.key what is erased here",
)


@dataclass(frozen=True, slots=True)
class ErasedSource:
    """An imported file; `erased_at` (UTC) says that it was erased before, and is empty if not."""

    source_id: str
    file_name: str
    imported_at: str
    erased_at: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing files means.

    Attributes:
        sources: The files.
        content: What their keys open, which nobody can read afterwards.
        chatter_models: Names of the classifiers that learned from them, which are deleted.
        remaining: What was made of rows that stand in these files alone, and is not erased.
        elsewhere: What else may hold their text, of which nothing is recorded.
    """

    sources: tuple[ErasedSource, ...]
    content: SealedContent
    chatter_models: tuple[str, ...]
    remaining: tuple[RemainingCopy, ...]
    elsewhere: tuple[str, ...] = ELSEWHERE


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Attributes:
        erasure: What it means.
        n_remembered: Rows that curation had remembered what to say of.
        n_leftovers: Folders that killed commands had left, and uploads of the same file.
    """

    erasure: Erasure
    n_remembered: int
    n_leftovers: int


def plan_erasure(home: Home, references: Sequence[str]) -> Erasure:
    """Tell what erasing files would mean; nothing is changed.

    Args:
        home: The project.
        references: Names of files as `workbench data list` shows them, ids, or beginnings of ids.

    Raises:
        NotFoundError: A reference names no file, or several that are not erased.
    """
    with open_store(home) as store:
        return _plan(home, store, _find_all(store, references))


def erase_sources(home: Home, references: Sequence[str]) -> Erased:
    """Erase files: nobody can read again what was imported from them.

    Once their keys are destroyed in the store, the store's file is written anew without them, and
    what else holds something of their rows is removed. Whoever is killed on the way completes it by
    the same call; erasing a file again does no harm.

    Args:
        home: The project.
        references: As for `plan_erasure`.

    Raises:
        NotFoundError: As for `plan_erasure`.
        StoreBusyError: Another process holds the store, or works on imported rows.
        DiskFullError: There is no room for a second copy of the store's file; keys are destroyed
            and their bytes still stand in the file.
    """
    with open_store(home) as store:
        found = _find_all(store, references)
        erasure = _plan(home, store, found)
        rows = store.rows_of([source.source_id for source in found])
        # Looked at while we hold the store: who reads rows from it later finds them erased.
        _refuse_while_in_use(home)
        for source in found:
            store.erase_source(source.source_id)
    with track("Write the store anew"):
        rewrite_store(home)
    for name in erasure.chatter_models:
        (home.chatter_models / f"{name}.json").unlink(missing_ok=True)
    return Erased(erasure, _forget_rows(home, rows), _remove_leftovers(home, found))


def _find_all(store: Store, references: Sequence[str]) -> list[Source]:
    """Return the sources that references name, each once."""
    known = store.sources()
    found = {s.source_id: s for reference in references for s in _find(known, reference)}
    return list(found.values())


def _find(known: Sequence[Source], reference: str) -> list[Source]:
    """Return what a reference names: one source, or such ones only as are erased already."""
    named = [source for source in known if _goes_by(source, reference)]
    if not named:
        raise NotFoundError(
            f"No imported file goes by {reference!r}.",
            "`workbench data list` shows the name and the id of each.",
        )
    readable = [source for source in named if source.status != "erased"]
    if len(readable) > 1:
        ids = " ".join(source.source_id for source in readable)
        raise NotFoundError(
            f"{reference!r} fits {len(readable)} imports.",
            f"Name those that are to go, or all of them: `workbench data erase {ids}`.",
        )
    return readable or named


def _goes_by(source: Source, reference: str) -> bool:
    is_name = source.file_name == reference
    return is_name or (bool(reference) and source.source_id.startswith(reference))


def _plan(home: Home, store: Store, found: Sequence[Source]) -> Erasure:
    ids = [source.source_id for source in found]
    # Those erased earlier count too: their model may have come back from a backup.
    erased = [source.source_id for source in store.sources() if source.status == "erased"]
    models = models_that_learned_from(home, {*ids, *erased})
    return Erasure(
        tuple(ErasedSource(s.source_id, s.file_name, s.imported_at, s.erased_at) for s in found),
        store.sealed_content(ids),
        tuple(file.stem for file in models),
        remaining_copies(home, store.versions_with(ids)),
    )


def _refuse_while_in_use(home: Home) -> None:
    for folder, process in folders_in_use(home.root / "staging").items():
        raise StoreBusyError(
            f"Process {process} works on imported rows in {folder}; what it read would outlive "
            "the erasing.",
            "Wait until that command has finished, or stop it, and run this one again.",
        )


def _forget_rows(home: Home, row_ids: Collection[str]) -> int:
    """Remove what curation remembered of rows; those that stand elsewhere are judged anew."""
    if not home.row_cache_file.is_file():
        return 0
    with open_row_cache(home.row_cache_file) as cache:
        return cache.forget(row_ids)


def _remove_leftovers(home: Home, found: Sequence[Source]) -> int:
    return (
        remove_abandoned(home.root / "staging")
        + remove_abandoned(home.versions, prefix=DRAFT_PREFIX)
        + forget_uploads(home, {source.file_sha256 for source in found})
    )
