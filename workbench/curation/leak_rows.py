"""What the leakage tiers say of the rows that are to be published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbench.curation.leak_report import Leak, LeakReport, Tier, leaks_by_train_row
from workbench.curation.leak_search import find_leaks
from workbench.curation.leak_texts import LeakTexts
from workbench.curation.recipe import LeakageRules
from workbench.curation.spool import read_spool
from workbench.store import Decision

STAGE = "leakage"
_NAMED_LEAKS = 5


@dataclass(frozen=True, slots=True)
class RowLeaks:
    """Leaks between the splits of a version that is to be."""

    report: LeakReport

    def judge(self, rules: LeakageRules) -> Iterator[Decision]:
        """Yield one decision for each training row and tier that leaks."""
        asked: tuple[tuple[Tier, Literal["drop", "flag", "off"]], ...] = (
            ("span", rules.spans),
            ("near", rules.near),
        )
        for tier, action in asked:
            if action == "off":
                continue
            leaking = leaks_by_train_row(
                self.report, tiers=(tier,), min_specific_words=rules.min_words
            )
            for row, leaks in sorted(leaking.items()):
                yield Decision(row, STAGE, tier, action, _reason(leaks[0]), _evidence(leaks))


def find_row_leaks(spool: Path, splits: Mapping[str, str]) -> RowLeaks:
    """Search the training rows for the text of the other splits' rows.

    Args:
        spool: Where the texts wait.
        splits: Split of each row that is left, by id.
    """
    train, others = LeakTexts(), LeakTexts()
    for row in read_spool(spool):
        if split := splits.get(row.example_id):
            (train if split == "train" else others).add_row(
                of=split, row=row.example_id, input_text=row.input, output_text=row.output
            )
    return RowLeaks(find_leaks(train, others))


def _reason(leak: Leak) -> str:
    where = f"the {leak.evaluation_part} of {leak.evaluation_row} in {leak.evaluation_set}"
    if leak.tier == "span":
        return f"Its {leak.train_part} shares {leak.specific_words} words in a row with {where}."
    return f"Its {leak.train_part} nearly repeats {where}."


def _evidence(leaks: list[Leak]) -> dict[str, Any]:
    return {
        "n_leaks": len(leaks),
        "rows": [leak.evaluation_row for leak in leaks[:_NAMED_LEAKS]],
        "score": round(leaks[0].score, 4),
    }
