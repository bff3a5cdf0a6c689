"""Publish the preference pairs that curation leaves, beside the examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from workbench.curation.gate import GateResult
from workbench.curation.leakage.equal_inputs import LeakageCheck
from workbench.curation.pairs.gate import PairGateResult
from workbench.curation.pairs.rows import SetFinding, measured
from workbench.curation.spool import read_spool
from workbench.home import Home
from workbench.records import PreferencePair, SplitName
from workbench.store import VersionRow
from workbench.task import Task
from workbench.version_rows import write_sorted_pairs
from workbench.workflows.leakage_verdict import leakage_verdict
from workbench.workflows.pair_findings import PairRuleCount, count_rules
from workbench.workflows.publish import Origin, publish_file


@dataclass(frozen=True, slots=True)
class CuratedPairs:
    """What became of the rows with a rejected answer.

    Attributes:
        version: Digest of the published version; empty if no pair is left.
        n_rows: Rows with a rejected answer.
        n_kept: Pairs published.
        splits: Pairs per split.
        rules: What the doctor did, and which pairs were held back.
        balance: Whether length tells chosen from rejected, measured on the pairs that are kept.
    """

    version: str
    n_rows: int
    n_kept: int
    splits: Mapping[str, int]
    rules: tuple[PairRuleCount, ...]
    balance: tuple[SetFinding, ...]


def publish_curated_pairs(
    home: Home,
    gate: GateResult,
    task: Task,
    *,
    origin: Origin,
    searched: Mapping[str, object],
    file: Path,
) -> CuratedPairs | None:
    """Publish the pairs; None if no imported row has a rejected answer.

    Args:
        home: The project.
        gate: What curation decided.
        task: Its prompt goes around each input.
        origin: Where the examples come from; the pairs have decisions of their own.
        searched: What the leakage check read beside the rows.
        file: Where the pairs are written first, in a staging folder.
    """
    pairs = gate.pairs
    if pairs is None:
        return None
    version = ""
    if pairs.places:
        version = publish_file(
            home,
            "pairs",
            file,
            columns=write_sorted_pairs(file, _pairs(pairs, gate.spool, task)),
            rows=[
                VersionRow(row, place.example_id, place.split, place.group)
                for row, place in pairs.places.items()
            ],
            origin=_origin(pairs, origin),
            leakage={**_verdict(gate, pairs), **searched},
        ).manifest.digest
    return counted_pairs(pairs, version)


def counted_pairs(pairs: PairGateResult, version: str = "") -> CuratedPairs:
    """Return what became of the pairs.

    Args:
        pairs: What the doctor decided.
        version: Digest of the version; empty if none was published.
    """
    counts = Counter(place.split for place in pairs.places.values())
    return CuratedPairs(
        version=version,
        n_rows=pairs.n_rows,
        n_kept=len(pairs.places),
        splits=dict(sorted(counts.items())),
        rules=count_rules(pairs.decisions),
        balance=pairs.balance,
    )


def _origin(pairs: PairGateResult, origin: Origin) -> Origin:
    dropped = Counter(f"{d.stage}.{d.rule}" for d in pairs.decisions if d.action == "drop")
    return replace(
        origin,
        recipe={**origin.recipe, "pair_balance": measured(pairs.balance)},
        decisions=pairs.decisions,
        dropped=dict(sorted(dropped.items())),
    )


def _pairs(pairs: PairGateResult, spool: Path, task: Task) -> Iterator[PreferencePair]:
    for row, place in pairs.kept_rows(spool):
        yield PreferencePair(
            pair_id=row.example_id,
            example_id=place.example_id,
            split=cast("SplitName", place.split),
            prompt=task.messages(row.input),
            chosen=row.output,
            rejected=row.rejected or "",
            strength=1,
            raters=(),
            origin="import",
        )


def _verdict(gate: GateResult, pairs: PairGateResult) -> dict[str, object]:
    """Return the verdict on the inputs of the pairs and of the examples of all splits."""
    check = LeakageCheck()
    for row in read_spool(gate.spool):
        split = pairs.places[row.example_id].split if row.example_id in pairs.places else ""
        if split or row.example_id in gate.places:
            check.add(split or gate.places[row.example_id][0], row.input)
    return leakage_verdict(check, pairs.leaks)
