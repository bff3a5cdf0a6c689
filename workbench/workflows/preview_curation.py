"""Preview a curation: everything that `curate` would do, without a version at the end."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.curation.judging.edit_spool import spooled_edits
from workbench.curation.leakage.equal_inputs import LeakageCheck
from workbench.curation.wording.shown_edits import ShownEdit
from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.records import SPLITS
from workbench.store import Decision, open_store
from workbench.workflows.curate import Curated, RuleCount, curated, rule_counts
from workbench.workflows.curate_pairs import CuratedPairs, counted_pairs
from workbench.workflows.finding_samples import SAMPLED_ROWS, places_of
from workbench.workflows.row_edits import NO_EDITS, opened_edits


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """A row of which the rule would speak.

    Attributes:
        row_id: The example.
        places: Where it was seen, such as `notes.csv, line 12`.
        said: The rule's decisions on it, mostly one.
        edits: What the rule would change in it.
    """

    row_id: str
    places: tuple[str, ...]
    said: tuple[Decision, ...]
    edits: tuple[ShownEdit, ...]


@dataclass(frozen=True, slots=True)
class CurationPreview:
    """What curation would do.

    Attributes:
        n_imported: Examples looked at.
        n_quarantined: Rows that could not even be imported.
        n_kept: Examples that would be published.
        splits: Examples per split.
        n_groups: Groups that would be kept together.
        rules: What each rule would do, in the order of stages.
        leakage: Verdict of the leakage check.
        prompt_personal_data: What the prompt of the task file holds itself; see `CurateResult`.
        pairs: What would become of the rows with a rejected answer; None if there is none.
        rule: The rule to look at, as `stage.rule`; empty for none.
        rows: Some of its rows.
    """

    n_imported: int
    n_quarantined: int
    n_kept: int
    splits: Mapping[str, int]
    n_groups: int
    rules: tuple[RuleCount, ...]
    leakage: Mapping[str, Any]
    prompt_personal_data: Mapping[str, Mapping[str, int]]
    pairs: CuratedPairs | None
    rule: str
    rows: tuple[PreviewedRow, ...]


def preview_curation(
    home: Home,
    *,
    overrides: Sequence[str] = (),
    rule: str = "",
    n_rows: int = SAMPLED_ROWS,
    seed: int = 0,
) -> CurationPreview:
    """Apply recipe.yaml to all imported examples and publish nothing.

    What the rules for one row said is remembered, so that a `curate` afterwards costs little.

    Args:
        home: The project.
        overrides: Settings on top of the recipe, such as `wording.typos=flag`.
        rule: Also show rows of which this rule speaks, as `stage.rule`.
        n_rows: How many of them at most.
        seed: The same seed draws the same rows, as of a published version.

    Raises:
        NotFoundError: The rule says nothing; and whatever `curate` raises.
    """
    with curated(home, overrides, then="looking") as found:
        gate, check = found.gate, LeakageCheck()
        for kept in gate.kept_rows():
            check.add(kept.split, kept.row.input)
        counts = Counter(split for split, _ in gate.places.values())
        return CurationPreview(
            n_imported=gate.n_rows,
            n_quarantined=found.imported.n_quarantined,
            n_kept=len(gate.places),
            splits={split: counts[split] for split in SPLITS},
            n_groups=len({group for _, group in gate.places.values()}),
            rules=rule_counts(gate.decisions),
            leakage=found.leakage(check),
            prompt_personal_data=found.made_by["personal_data_in_prompt"],
            pairs=counted_pairs(gate.pairs) if gate.pairs else None,
            rule=rule,
            rows=_rows(home, found, rule, n_rows, seed) if rule else (),
        )


def _rows(
    home: Home, found: Curated, rule: str, n_rows: int, seed: int
) -> tuple[PreviewedRow, ...]:
    stage, _, name = rule.partition(".")
    gate = found.gate
    said = _said(gate.decisions, stage, name)
    if not said and gate.pairs:
        said = _said(gate.pairs.decisions, stage, name)
    if not said:
        raise NotFoundError(
            f"{rule!r} would say nothing of these rows.",
            "`workbench curate --preview` alone lists the rules that would.",
        )
    drawn = _drawn(said, n_rows, seed)
    sealed = spooled_edits(found.edits, drawn)
    with open_store(home) as store:
        edits = opened_edits(store, sealed.values())
        return tuple(
            PreviewedRow(
                row_id,
                places_of(store, row_id),
                tuple(said[row_id]),
                edits.get(row_id, NO_EDITS).of_rule(stage, name),
            )
            for row_id in drawn
        )


def _said(decisions: Iterable[Decision], stage: str, name: str) -> dict[str, list[Decision]]:
    said: dict[str, list[Decision]] = {}
    for decision in decisions:
        if (decision.stage, decision.rule) == (stage, name):
            said.setdefault(decision.row_id, []).append(decision)
    return said


def _drawn(row_ids: Iterable[str], n_rows: int, seed: int) -> list[str]:
    """Return the rows that `Store.sample_finding` draws of the same ones."""

    def place(row_id: str) -> tuple[str, str]:
        digest = hashlib.md5(f"{seed}:{row_id}".encode(), usedforsecurity=False)
        return digest.hexdigest(), row_id

    return sorted(row_ids, key=place)[:n_rows]
