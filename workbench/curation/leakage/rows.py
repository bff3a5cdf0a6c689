"""What the leakage tiers say of the rows that are to be published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from workbench.curation.leakage.report import (
    STAGE,
    Leak,
    LeakReport,
    LeakScale,
    leak_actions,
    leaks_by_train_row,
)
from workbench.curation.leakage.search import find_leaks
from workbench.curation.leakage.text_pairs import PairFinder
from workbench.curation.leakage.texts import LeakTexts
from workbench.curation.recipe import LeakageRules
from workbench.curation.spool import read_spool
from workbench.store import Decision

_NAMED_LEAKS = 5


@dataclass(frozen=True, slots=True)
class RowLeaks:
    """What the training rows of a version that is to be share with its evaluation rows."""

    report: LeakReport

    def judge(self, rules: LeakageRules) -> Iterator[Decision]:
        """Yield one decision for each training row and tier that leaks."""
        for tier, action in leak_actions(rules).items():
            if action == "off":
                continue
            leaking = leaks_by_train_row(self.report, tiers=(tier,))
            for row, leaks in sorted(leaking.items()):
                # an answer that two rows give alike is no leak
                told = [leak for leak in leaks if leak.is_certain] if tier == "exact" else leaks
                if told:
                    said = "flag" if action == "refuse" else action
                    yield Decision(row, STAGE, tier, said, _reason(told[0]), _evidence(told))


class LeakSearch(Protocol):
    """Searches the training rows that curation is about to publish."""

    def __call__(self, splits: Mapping[str, str], *, with_rejected: bool = False) -> RowLeaks:
        """Return the leaks; `splits` has the split of each row, by id. See `find_row_leaks`."""


def find_row_leaks(
    spool: Path,
    splits: Mapping[str, str],
    files: LeakTexts,
    *,
    scale: LeakScale,
    semantic: PairFinder | None = None,
    with_rejected: bool = False,
) -> RowLeaks:
    """Search the training rows for the text of the other splits' rows and of evaluation files.

    Args:
        spool: Where the texts wait.
        splits: Split of each row that is left, by id.
        files: Texts of evaluation files.
        scale: Which findings count.
        semantic: Finds texts of equal meaning; None for not looking.
        with_rejected: Search the rejected outputs as well, which preference pairs train on.
    """
    train, others = LeakTexts(), files.copy()
    for row in read_spool(spool):
        if split := splits.get(row.example_id):
            (train if split == "train" else others).add_row(
                of=split, row=row.example_id, input_text=row.input, output_text=row.output
            )
            if with_rejected and row.rejected is not None and split == "train":
                train.add(row.rejected, of=split, row=row.example_id, part="rejected")
    return RowLeaks(find_leaks(train, others, scale=scale, semantic=semantic))


def refusing(decisions: Iterable[Decision], rules: LeakageRules) -> tuple[Decision, ...]:
    """Return the decisions that stand in the way of publishing."""
    refused = {tier for tier, action in leak_actions(rules).items() if action == "refuse"}
    return tuple(d for d in decisions if d.stage == STAGE and d.rule in refused)


def _reason(leak: Leak) -> str:
    where = f"the {leak.evaluation_part} of {leak.evaluation_row} in {leak.evaluation_set}"
    if leak.tier == "span":
        return f"Its {leak.train_part} shares {leak.specific_words} words in a row with {where}."
    verb = {"exact": "is word for word", "near": "nearly repeats", "semantic": "says the same as"}
    return f"Its {leak.train_part} {verb[leak.tier]} {where}."


def _evidence(leaks: list[Leak]) -> dict[str, Any]:
    return {
        "n_leaks": len(leaks),
        "rows": [leak.evaluation_row for leak in leaks[:_NAMED_LEAKS]],
        "score": round(leaks[0].score, 4),
    }
