"""What the doctor said of preference pairs, rule by rule, with a few of the pairs it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.curation.pairs.doctor import STAGE
from workbench.store import Decision

NAMED_PAIRS = 5


@dataclass(frozen=True, slots=True)
class PairRuleCount:
    """How many pairs one rule dropped or flagged.

    Attributes:
        rule: The rule, a key of `pairs` in recipe.yaml.
        action: `drop` or `flag`; `quarantine` for rows of a file that would not be imported.
        n_pairs: Of how many it spoke.
        pair_ids: Some of them, by id; of quarantined rows their places.
    """

    rule: str
    action: str
    n_pairs: int
    pair_ids: tuple[str, ...]


def count_rules(decisions: Iterable[Decision]) -> tuple[PairRuleCount, ...]:
    """Count the decisions of the stage `pairs`, those that drop first, then by name."""
    found: dict[tuple[str, str], list[str]] = {}
    for decision in decisions:
        if decision.stage == STAGE:
            found.setdefault((decision.action, decision.rule), []).append(decision.row_id)
    return tuple(
        PairRuleCount(rule, action, len(ids), tuple(sorted(ids)[:NAMED_PAIRS]))
        for (action, rule), ids in sorted(found.items())
    )
