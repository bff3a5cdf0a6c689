"""How much personal data the scanner finds in the project's own texts, and whether it is enough."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from workbench.curation.personal_data.recall import below_floor, measure_recall
from workbench.curation.personal_data_rules import PersonalDataRules
from workbench.curation.spool import read_spool
from workbench.curation.stages.personal_data import scanner_of
from workbench.errors import PersonalDataError

# Ids are digests, so that the first rows in their order are a random sample.
_SAMPLED_ROWS = 200


def measured_recall(spool: Path, rules: PersonalDataRules, *, seed: int) -> dict[str, Any]:
    """Plant canaries in a sample of the texts and return, kind by kind, how many were found.

    Raises:
        PersonalDataError: The recall of a kind is below the recipe's floor.
    """
    texts = [row.input for row in islice(read_spool(spool), _SAMPLED_ROWS)]
    if not texts or not rules.kinds:
        return {}
    scanner = scanner_of(rules)
    measured = measure_recall(texts, scanner, per_kind=rules.canaries, seed=seed)
    missed = below_floor(measured, rules.default_floor, rules.recall_floor)
    if missed:
        worst = min(missed, key=lambda each: each.recall)
        floor = rules.recall_floor.get(worst.kind, rules.default_floor)
        raise PersonalDataError(
            f"Of {worst.n_planted} canaries of kind {worst.kind}, {worst.n_found} were found: "
            f"{worst.recall:.0%}, and personal_data.recall_floor is {floor:.0%}.",
            "Leave the kind out of personal_data.kinds and label it by hand, or accept a lower "
            "personal_data.recall_floor.",
        )
    return {
        each.kind: {
            "found": each.n_found,
            "planted": each.n_planted,
            "low": round(each.low, 4),
            "high": round(each.high, 4),
        }
        for each in measured
    }
