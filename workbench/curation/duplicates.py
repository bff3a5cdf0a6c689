"""Repeated examples: equal pairs, and equal inputs with different outputs."""

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
    """What a row is compared by; equal keys mean equal canonical text."""

    example_id: str
    input_key: str
    output_key: str
    pair_key: str


def likeness(
    example_id: str, input_text: str, output_text: str, rejected: str | None = None
) -> Likeness:
    """Return what a row is compared by; a preference differs from an example of the same pair."""
    source = canonical(input_text).encode()
    texts = [source, canonical(output_text).encode()]
    if rejected is not None:
        texts.append(canonical(rejected).encode())
    pair = b"".join(b"%d:" % len(text) + text for text in texts)
    return Likeness(example_id, _digest(source), _digest(texts[1]), _digest(pair))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def judge_duplicates(rows: Iterable[Likeness], rules: DuplicateRules) -> list[Decision]:
    """Decide which of the repeated examples go.

    Of several equal pairs the one with the least id stays, so the choice does not depend on the
    order of rows, and the others name it as their keeper. Then no input stands with two outputs:
    which of them is right is not for a program to say.

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
                decisions += _judge_contradictions(kept, rules.contradictions)
    return sorted(decisions, key=lambda decision: decision.row_id)


def _judge_exact(alike: Sequence[Likeness], decisions: list[Decision]) -> list[Likeness]:
    keepers: dict[str, Likeness] = {}
    for row in alike:
        keeper = keepers.setdefault(row.pair_key, row)
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


def _judge_contradictions(
    alike: Sequence[Likeness], action: Literal["drop", "flag"]
) -> list[Decision]:
    n_outputs = len({row.pair_key for row in alike})
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
