"""Texts that were cut off: they end in mid-sentence where nearly all others do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from workbench.curation.survivors import Survivor
from workbench.store import Decision

STAGE, RULE = "complete", "truncated"
# The rule speaks only where ending in mid-sentence is rare, among enough texts to know.
_MAX_OPEN_SHARE = 0.1
_MIN_TEXTS = 20


def judge_truncated(
    rows: Sequence[Survivor], action: Literal["drop", "flag", "off"]
) -> Iterator[Decision]:
    """Yield a decision for each text that ends open among texts that do not."""
    if action == "off":
        return
    for index, name in enumerate(("input", "output")):
        told = [row.open_ends[index] for row in rows if row.open_ends[index] is not None]
        n_open = sum(map(bool, told))
        if len(told) < _MIN_TEXTS or n_open > _MAX_OPEN_SHARE * len(told):
            continue
        for row in rows:
            if row.open_ends[index]:
                yield Decision(
                    row.row_id,
                    STAGE,
                    RULE,
                    action,
                    f"The {name} ends in the middle of a sentence; {n_open} of {len(told)} do.",
                    {"field": name, "n_open": n_open, "n_texts": len(told)},
                )
