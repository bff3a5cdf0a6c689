"""Let the doctor see preference pairs that people made, before they are published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from workbench.config import resolved
from workbench.curation.pairs.doctor import Diagnosis, diagnose
from workbench.curation.pairs.prompts import near_prompts
from workbench.curation.pairs.rows import PairRow, SetFinding, measured
from workbench.curation.placing import place_pairs
from workbench.curation.quality.rules import DoctorRules
from workbench.curation.quality.shape import missing_fields
from workbench.curation.splits import empty_splits
from workbench.errors import DataError
from workbench.home import Home
from workbench.records import PreferencePair
from workbench.store import Decision, Rulings, open_store, rulings_in_force
from workbench.task import load_task
from workbench.workflows.pair_findings import PairRuleCount, count_rules
from workbench.workflows.recipe_file import load_recipe


@dataclass(frozen=True, slots=True)
class ExaminedPairs:
    """What is left of some pairs.

    Attributes:
        asked: What the recipe asks of the doctor.
        pairs: Those that no rule drops.
        decisions: What the doctor decided, for the version's record.
        rules: The same, counted by rule.
        balance: Whether length, or one rater, tells chosen from rejected in what is left.
    """

    asked: DoctorRules
    pairs: tuple[PreferencePair, ...]
    decisions: tuple[Decision, ...]
    rules: tuple[PairRuleCount, ...]
    balance: tuple[SetFinding, ...]

    def described(self) -> dict[str, object]:
        """Return what the manifest of a version of these pairs says of the doctor."""
        return {"pairs": resolved(self.asked), "pair_balance": measured(self.balance)}

    @property
    def dropped(self) -> dict[str, int]:
        """How many pairs each rule dropped."""
        return {count.rule: count.n_pairs for count in self.rules if count.action == "drop"}


def examine_pairs(home: Home, pairs: Sequence[PreferencePair]) -> ExaminedPairs:
    """Apply the rules `pairs` of recipe.yaml, without those that were undone.

    Raises:
        ConfigError: The recipe or the task file is wrong.
        DataError: No pair is left.
    """
    found = diagnose_rows(home, [pair_row(pair) for pair in pairs])
    kept = set(found.kept)
    examined = ExaminedPairs(
        load_recipe(home).pairs,
        tuple(pair for pair in pairs if pair.pair_id in kept),
        found.decisions,
        count_rules(found.decisions),
        found.balance,
    )
    if pairs and not kept:
        rule, count = max(examined.dropped.items(), key=lambda item: item[1])
        raise DataError(
            f"No pair is left of {len(pairs)}: pairs.{rule} dropped {count} of them.",
            f"Set pairs.{rule} to flag in recipe.yaml if they are to be published all the same.",
        )
    return examined


def diagnose_rows(home: Home, rows: Sequence[PairRow]) -> Diagnosis:
    """Return what the project's recipe, task file and rulings make of some pairs.

    Raises:
        ConfigError: The recipe or the task file is wrong.
    """
    recipe = load_recipe(home)
    return diagnose(
        rows,
        recipe.pairs,
        near_prompts=near_prompts(rows, threshold=recipe.duplicates.near_threshold),
        missing_in_chosen=_missing_fields(home, rows),
        rulings=_rulings(home),
    )


def splits_left_empty(
    home: Home, rows: Sequence[PairRow], groups: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Return the splits for which `curate` would stop if some pairs were all that was imported.

    Args:
        home: The project.
        rows: The pairs.
        groups: The user's group keys by pair id.
    """
    recipe = load_recipe(home)
    alike = near_prompts(rows, threshold=recipe.duplicates.near_threshold)
    counts = Counter(place_pairs(rows, alike, recipe, groups).values())
    return tuple(empty_splits(counts, recipe.splits.fractions()))


def pair_row(pair: PreferencePair) -> PairRow:
    """Return a published pair as the doctor sees it."""
    return PairRow(
        pair.pair_id, pair.prompt, pair.chosen, pair.rejected, pair.strength, pair.raters
    )


def _missing_fields(home: Home, rows: Sequence[PairRow]) -> Mapping[str, Sequence[str]]:
    shape = load_task(home.task_file).output
    return {row.pair_id: missing_fields(row.chosen, shape) for row in rows}


def _rulings(home: Home) -> Rulings:
    with open_store(home) as store:
        return rulings_in_force(store.rulings())
