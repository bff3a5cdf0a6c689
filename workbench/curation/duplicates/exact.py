"""Repeated examples: equal ones, and equal inputs with different outputs.

A row with a rejected output stands for an example (input and output) and for a preference pair.
This is about the examples: rows of one ranked list share theirs, and it is published once. What
becomes of the pairs is not decided here (see `pair_gate`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.curation.recipe import DuplicateRules
from workbench.curation.text import canonical
from workbench.store import Decision

STAGE = "duplicates"
EXACT_RULE = f"{STAGE}.exact"
_NAMED_IDS = 10


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a row is compared by; equal keys mean equal canonical text.

    Attributes:
        example_id: The row.
        input_key: Key of its input.
        output_key: Key of its output.
        rejected_key: Key of the output that was found worse; None where there is none.
    """

    example_id: str
    input_key: str
    output_key: str
    rejected_key: str | None = None


def likeness(
    example_id: str, input_text: str, output_text: str, rejected: str | None = None
) -> Likeness:
    """Return what a row is compared by."""
    return Likeness(
        example_id,
        _key(input_text),
        _key(output_text),
        None if rejected is None else _key(rejected),
    )


def _key(text: str) -> str:
    return hashlib.sha256(canonical(text).encode()).hexdigest()[:32]


def judge_duplicates(rows: Iterable[Likeness], rules: DuplicateRules) -> list[Decision]:
    """Decide which of the repeated examples go.

    Of several equal examples the one with the least id stays, so the choice does not depend on the
    order of rows, and the others name it as their keeper. An output that another row rejects for
    the same input was found worse by whoever made that row, so it is none to learn. Then no input
    stands with two outputs: which of them is right is not for a program to say.

    Returns: Decisions in the order of row ids; applying the rules to what they leave gives none.
    """
    by_input: dict[str, list[Likeness]] = defaultdict(list)
    for row in rows:
        by_input[row.input_key].append(row)
    decisions: list[Decision] = []
    for alike in by_input.values():
        if len(alike) > 1:
            alike.sort(key=lambda row: row.example_id)
            kept = _judge_exact(alike, decisions) if rules.exact else alike
            if rules.contradictions != "off":
                outranked = _judge_outranked(kept, alike, rules.contradictions)
                gone = {decision.row_id for decision in outranked}
                others = [row for row in kept if row.example_id not in gone]
                decisions += outranked + _judge_contradictions(others, rules.contradictions)
    return sorted(decisions, key=lambda decision: decision.row_id)


def _judge_exact(alike: Sequence[Likeness], decisions: list[Decision]) -> list[Likeness]:
    keepers: dict[str, Likeness] = {}
    for row in alike:
        keeper = keepers.setdefault(row.output_key, row)
        if keeper is not row:
            decisions.append(
                Decision(
                    row.example_id,
                    STAGE,
                    "exact",
                    "drop",
                    f"Says the same as {keeper.example_id}, which is kept.",
                    {"keeper": keeper.example_id},
                )
            )
    return list(keepers.values())


def _judge_outranked(
    kept: Sequence[Likeness], alike: Sequence[Likeness], action: Literal["drop", "flag"]
) -> list[Decision]:
    rejecting = {
        row.rejected_key: row.example_id
        for row in reversed(alike)
        if row.rejected_key not in (None, row.output_key)
    }
    return [
        Decision(
            row.example_id,
            STAGE,
            "outranked",
            action,
            f"Row {rejecting[row.output_key]} prefers another output to this one.",
            {"preferred_in": rejecting[row.output_key]},
        )
        for row in kept
        if row.output_key in rejecting
    ]


def _judge_contradictions(
    alike: Sequence[Likeness], action: Literal["drop", "flag"]
) -> list[Decision]:
    n_outputs = len({row.output_key for row in alike})
    if n_outputs < 2:
        return []
    ids = [row.example_id for row in alike]
    return [
        Decision(
            row_id,
            STAGE,
            "contradiction",
            action,
            f"Its input stands with {n_outputs} different outputs.",
            {
                "n_outputs": n_outputs,
                "others": [other for other in ids if other != row_id][:_NAMED_IDS],
            },
        )
        for row_id in ids
    ]
