"""Publish a version: Parquet and manifest into the versions folder, then rows into the store."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.config import resolved
from workbench.curation.judging.edit_spool import edit_batches
from workbench.curation.leakage.equal_inputs import LeakageCheck
from workbench.curation.staging import staging_folder
from workbench.errors import DataError, LeakageError
from workbench.files import digest_json, disk_errors
from workbench.home import Home
from workbench.manifest import (
    EXAMPLES_FILE,
    PAIRS_FILE,
    VersionFolder,
    VersionKind,
    publish_folder,
)
from workbench.records import SPLITS, Example, PreferencePair
from workbench.store import Decision, Edge, VersionRow, example_rows, open_store, pair_rows
from workbench.task import load_task
from workbench.version_rows import write_examples, write_pairs
from workbench.workflows.leakage_verdict import with_parents_verdict

_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
).encode

# What is known of pairs by themselves.
_PAIRS_OWN = {"verdict": "clean", "method": "no pair of the test split"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version comes from.

    Attributes:
        parents: Digests of the versions that it was made from.
        recipe: Resolved configuration that made it; JSON-ready.
        decisions: What was decided about rows on the way.
        sources: Ids of imported files that it was made from.
        relation: How it was made, for the lineage.
        dropped: How many rows each rule left out.
        edits: File of what the rules changed, as `EditSpool` writes it; None for none.
    """

    parents: Sequence[str]
    recipe: Mapping[str, Any]
    decisions: Sequence[Decision] = ()
    sources: Sequence[str] = ()
    relation: str = "made from"
    dropped: Mapping[str, int] = field(default_factory=dict)
    edits: Path | None = None


def publish_examples(
    home: Home,
    examples: Sequence[Example],
    *,
    parents: Sequence[str],
    recipe: Mapping[str, Any],
    decisions: Sequence[Decision] = (),
    relation: str = "made from",
) -> VersionFolder:
    """Publish examples as a new version; the same examples give the version that exists.

    Args:
        home: The project.
        examples: Every row of the version, with its split.
        parents: Digests of the versions that it was made from.
        recipe: What made it, JSON-ready, such as the labelling settings.
        decisions: What was decided about rows, for `workbench data why`.
        relation: How it was made, such as `answers pulled from`.

    Raises:
        DataError: There is no example, or one id comes twice.
        LeakageError: An input stands in two splits.
    """
    _check_ids("example", [example.example_id for example in examples])
    check = LeakageCheck()
    for example in examples:
        check.add(example.split, example.input)
    origin = Origin(parents, recipe, decisions, relation=relation, dropped=_dropped(decisions))
    with staging_folder(home.root / "staging") as folder, disk_errors(folder):
        file = folder / EXAMPLES_FILE
        columns = write_examples(file, examples)
        return publish_file(
            home,
            "examples",
            file,
            columns=columns,
            rows=example_rows(examples),
            origin=origin,
            leakage=with_parents_verdict(home, parents, check.verdict()),
            simulated_rows=sum(example.simulated for example in examples),
        )


def publish_pairs(
    home: Home,
    pairs: Sequence[PreferencePair],
    *,
    parents: Sequence[str],
    recipe: Mapping[str, Any],
    decisions: Sequence[Decision] = (),
    relation: str = "made from",
) -> VersionFolder:
    """Publish preference pairs as a new version. See `publish_examples`.

    Raises:
        DataError: There is no pair, one id comes twice, or both completions of a pair are equal.
        LeakageError: A pair stands on a prompt of the test split, which is for comparison only.
    """
    _check_ids("pair", [pair.pair_id for pair in pairs])
    for pair in pairs:
        if pair.split == "test":
            raise LeakageError(
                f"Pair {pair.pair_id} stands on example {pair.example_id} of the test split.",
                "Collect preferences on `train` or `feedback` prompts.",
            )
        if pair.chosen == pair.rejected:
            raise DataError(
                f"Pair {pair.pair_id}: the chosen and the rejected completion are equal.",
                "Leave such pairs out: nothing can be learned from them.",
            )
    origin = Origin(parents, recipe, decisions, relation=relation, dropped=_dropped(decisions))
    with staging_folder(home.root / "staging") as folder, disk_errors(folder):
        file = folder / PAIRS_FILE
        columns = write_pairs(file, pairs)
        return publish_file(
            home,
            "pairs",
            file,
            columns=columns,
            rows=pair_rows(pairs),
            origin=origin,
            leakage=with_parents_verdict(home, parents, _PAIRS_OWN | {"n_rows": len(pairs)}),
            simulated_rows=sum(pair.simulated for pair in pairs),
        )


def publish_file(
    home: Home,
    kind: VersionKind,
    file: Path,
    *,
    columns: Mapping[str, str],
    rows: Sequence[VersionRow],
    origin: Origin,
    leakage: Mapping[str, Any],
    simulated_rows: int = 0,
) -> VersionFolder:
    """Publish a finished Parquet file: the folder first, then the rows, decisions and lineage.

    A crash in between leaves a folder that the store does not know; the same command, run again,
    finds it and completes the record.
    """
    counts = Counter(row.split for row in rows)
    content = {
        "kind": kind,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": {split: counts[split] for split in SPLITS if counts[split]},
        "columns": dict(columns),
        "parents": sorted(set(origin.parents)),
        "recipe": {**origin.recipe, "decisions_sha256": _decisions_digest(origin.decisions)},
        "task_digest": digest_json(resolved(load_task(home.task_file))),
        "dropped": dict(origin.dropped),
        "leakage": dict(leakage),
        "simulated_rows": simulated_rows,
        "code_version": __version__,
    }
    version = publish_folder(home.versions, {file.name: file}, content)
    node = f"version:{version.manifest.digest}"
    edges = [Edge(node, f"version:{parent}", origin.relation) for parent in origin.parents]
    edges += [Edge(node, f"source:{source}", "imported from") for source in origin.sources]
    with open_store(home) as store:
        store.record_version(
            version,
            rows,
            decisions=origin.decisions,
            edits=edit_batches(origin.edits) if origin.edits else None,
            config_digest=digest_json(dict(origin.recipe)),
        )
        store.add_lineage(edges)
    return version


def _check_ids(what: str, ids: Sequence[str]) -> None:
    if not ids:
        raise DataError(f"A version of no {what} cannot be published.", "Check what was selected.")
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        raise DataError(
            f"{what.capitalize()} {repeated[0]} comes {Counter(ids)[repeated[0]]} times.",
            f"Each {what} stands in a version once.",
        )


def _dropped(decisions: Iterable[Decision]) -> dict[str, int]:
    counts = Counter(f"{d.stage}.{d.rule}" for d in decisions if d.action == "drop")
    return dict(sorted(counts.items()))


def _decisions_digest(decisions: Iterable[Decision]) -> str:
    """Two versions with equal rows but another way to them are two versions."""
    lines = sorted(
        _encode([d.row_id, d.stage, d.rule, d.action, dict(d.evidence)]) for d in decisions
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
