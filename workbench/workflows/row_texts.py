"""The texts of single rows: as a version published them, and as they were imported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.home import Home
from workbench.manifest import VersionFolder, read_version
from workbench.store import open_store


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A row of a version.

    Attributes:
        row_id: The example or the pair.
        split: Where it belongs.
        source: Name of the imported file; empty for pairs.
        locator: Place in that file, such as `line 12`.
        texts: By the name of the field, in the order in which they are read.
    """

    row_id: str
    split: str
    source: str
    locator: str
    texts: Mapping[str, str]


def published_rows(version: VersionFolder, row_ids: Collection[str]) -> dict[str, PublishedRow]:
    """Return those of some rows that a version holds, by id."""
    import pyarrow.parquet as pq

    if not row_ids:
        return {}
    key = "example_id" if version.manifest.kind == "examples" else "pair_id"
    # rows stand in the order of ids, so most of the file is not even read
    table = pq.read_table(version.rows_file, filters=[(key, "in", list(row_ids))])
    read = _example if version.manifest.kind == "examples" else _pair
    return {row.row_id: row for row in map(read, table.to_pylist())}


def published_row(home: Home, digest: str, row_id: str) -> PublishedRow | None:
    """Return a row as a version published it; None if the version left it out.

    Args:
        home: The project.
        digest: The version; empty for a row of which no version ever spoke.
        row_id: The example or the pair.
    """
    if not digest:
        return None
    return published_rows(read_version(home.versions / digest), [row_id]).get(row_id)


def imported_texts(home: Home, row_id: str) -> dict[str, str]:
    """Return the texts of a row as they stood in the file, personal data and all.

    Returns: By field; empty if the row's source was erased, or it was not imported.
    """
    with open_store(home) as store:
        sightings = store.sightings(row_id)
    found = next((seen.original for seen in sightings if seen.original), None)
    return found.texts() if found else {}


def _example(row: Mapping[str, Any]) -> PublishedRow:
    texts = {"input": row["input"], "output": row["completion"]}
    return PublishedRow(row["example_id"], row["split"], row["source"], row["locator"], texts)


def _pair(row: Mapping[str, Any]) -> PublishedRow:
    asked = next((turn["content"] for turn in reversed(row["prompt"])), "")
    texts = {"input": asked, "chosen": row["chosen"], "rejected": row["rejected"]}
    return PublishedRow(row["pair_id"], row["split"], "", "", texts)
