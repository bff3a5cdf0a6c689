"""What the gate found on the way to a version: every rule with its rows, and what people ruled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.curation.hand_fixes import fixes_in_force, fixes_record
from workbench.curation.stages.order import STAGES
from workbench.home import Home
from workbench.store import (
    DecisionTally,
    RecordedRuling,
    Rulings,
    Store,
    open_store,
    rulings_in_force,
    words_in_force,
)
from workbench.workflows.data import VersionSummary, version_summaries


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule did.

    Attributes:
        rule: As `stage.rule`.
        action: `drop`, `edit` or `flag`.
        n_rows: Rows of which it spoke.
        share: Of the rows that the gate looked at, in 0-1.
        n_accepted: Rows for which a person agreed, in any version.
        n_undone: Rows for which a person undid it.
        is_undone: Whether it was undone for every row.
        is_accepted: Whether a person agreed for every row.
    """

    rule: str
    action: str
    n_rows: int
    share: float
    n_accepted: int
    n_undone: int
    is_undone: bool
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class GateOverview:
    """The gate at a glance.

    Attributes:
        versions: Every version, the one published last first.
        version: The one whose findings these are; None while nothing is published.
        n_looked_at: Rows that the gate judged for it.
        rows_by_action: Rows that any rule dropped, edited or flagged.
        findings: In the order of stages.
        rulings: What people undid, the last first.
        obeys_rulings: Whether the version was made under these very rulings and fixes.
        n_accepted: Findings that people agreed with, of a row or of all.
        quarantined: Rows that could not be imported, per reason.
        n_sources: Imported files in force.
    """

    versions: tuple[VersionSummary, ...]
    version: VersionSummary | None
    n_looked_at: int
    rows_by_action: Mapping[str, int]
    findings: tuple[Finding, ...]
    rulings: tuple[RecordedRuling, ...]
    obeys_rulings: bool
    n_accepted: int
    quarantined: Mapping[str, int]
    n_sources: int


def gate_overview(home: Home, reference: str = "") -> GateOverview:
    """Return the findings of a version, grouped by rule and action.

    Args:
        home: The project.
        reference: A digest, a unique prefix, or `latest`; empty for the last version that curation
            made itself, since one that came from labels holds no findings.

    Raises:
        NotFoundError: There is no such version.
    """
    with open_store(home) as store:
        versions = version_summaries(store)
        digest = store.find_version(reference) if reference else _last_curated(versions)
        recorded = store.rulings()
        by_action = store.count_rows_by_action(digest)
        tallies = store.tally_decisions(digest)
        quarantined = store.quarantine_counts()
        n_sources = sum(source.status == "active" for source in store.sources())
        obeyed = _ruled(store, digest)
        fixes = store.last_corrections()
    version = next((found for found in versions if found.digest == digest), None)
    n_kept = sum(version.counts.values()) if version else 0
    n_looked_at = n_kept + by_action.get("drop", 0)
    words, rulings = words_in_force(recorded), rulings_in_force(recorded)
    fixed = fixes_record(fixes_in_force(fixes, rulings))
    return GateOverview(
        versions=versions,
        version=version,
        n_looked_at=n_looked_at,
        rows_by_action=by_action,
        findings=_findings(tallies, n_looked_at, words),
        rulings=tuple(word for word in words if word.ruling == "undone"),
        obeys_rulings=obeyed == (rulings, fixed),
        n_accepted=sum(word.ruling == "accepted" for word in words),
        quarantined=quarantined,
        n_sources=n_sources,
    )


def _last_curated(versions: Sequence[VersionSummary]) -> str:
    examples = [found for found in versions if found.kind == "examples"]
    return next((v.digest for v in examples if not v.parents), "")


def _ruled(store: Store, digest: str) -> tuple[Rulings, Mapping[str, str]]:
    """Return the rulings and fixes under which a version was made, as its manifest has them."""
    recipes = {v.manifest.digest: v.manifest.recipe for v in store.list_versions()}
    recipe: Mapping[str, Any] = recipes.get(digest, {})
    undone = recipe.get("undone", {})
    by_row = {row: frozenset(rules) for row, rules in undone.get("by_row", {}).items()}
    rulings = Rulings(frozenset(undone.get("everywhere", ())), by_row)
    return rulings, recipe.get("fixed", {})


def _findings(
    tallies: Sequence[DecisionTally], n_looked_at: int, words: Sequence[RecordedRuling]
) -> tuple[Finding, ...]:
    said = Counter((word.rule, word.ruling, word.row_id is None) for word in words)
    found = []
    for tally in sorted(tallies, key=_place):
        rule = f"{tally.stage}.{tally.rule}"
        found.append(
            Finding(
                rule=rule,
                action=tally.action,
                n_rows=tally.n_rows,
                share=tally.n_rows / n_looked_at,
                n_accepted=said[rule, "accepted", False],
                n_undone=said[rule, "undone", False],
                is_undone=bool(said[rule, "undone", True]),
                is_accepted=bool(said[rule, "accepted", True]),
            )
        )
    return tuple(found)


def _place(tally: DecisionTally) -> tuple[int, int, str]:
    """Return where a finding stands in the list: by stage, then the most frequent first."""
    order = STAGES.index(tally.stage) if tally.stage in STAGES else len(STAGES)
    return order, -tally.n_rows, tally.rule
