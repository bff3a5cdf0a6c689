"""What a selection aims at, what it is measured by, and what it chooses from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.curation.selection.choice import Candidate, chance
from workbench.curation.selection.report import HeldOut
from workbench.curation.word_hashes import hash_words
from workbench.records import Example

_BYTES_A_TOKEN = 4
_MAX_HELD_OUT = 1000


@dataclass(frozen=True, slots=True)
class Aim:
    """What rows should be like, and the rows that tell whether it helped; they share no group.

    Attributes:
        targets: Inputs of the task.
        held_out: Validation rows, 1,000 at most; drawn by chance from more.
    """

    targets: tuple[str, ...]
    held_out: tuple[HeldOut, ...]


def n_tokens(text: str) -> int:
    """Return about how many tokens a text has: one for four bytes of UTF-8, so no model is needed.

    Selections and controls are counted alike, so that they are equal under any such measure.
    """
    return -(-len(text.encode()) // _BYTES_A_TOKEN)


def candidate(example: Example, score: float | None = None) -> Candidate:
    """Return a training row as what may be chosen."""
    return Candidate(
        example.example_id,
        example.input,
        example.completion,
        max(1, n_tokens(example.input) + n_tokens(example.completion)),
        score,
    )


def aim_at_file(targets: Iterable[str], validation: Sequence[Example], *, seed: int) -> Aim:
    """Aim at given inputs and measure by all validation rows that are none of them."""
    named = tuple(sorted(set(targets)))
    taken = set(named)
    return Aim(named, _held_out([row for row in validation if row.input not in taken], seed))


def aim_at_half(validation: Sequence[Example], *, seed: int) -> Aim:
    """Aim at the inputs of half of the validation groups, drawn by chance; measure by the others.

    What a selection aims at cannot tell whether it helps beyond it. Of a single group both halves
    cannot be made, and one of them is empty.
    """
    groups = sorted({row.group for row in validation}, key=lambda group: chance(seed, group))
    aimed = set(groups[: (len(groups) + 1) // 2])
    inputs = {row.input for row in validation if row.group in aimed}
    rest = [row for row in validation if row.group not in aimed and row.input not in inputs]
    return Aim(tuple(sorted(inputs)), _held_out(rest, seed))


def _held_out(rows: Sequence[Example], seed: int) -> tuple[HeldOut, ...]:
    """Return rows to measure by: those whose output has a word, in the order of their ids."""
    n_words = hash_words([row.completion for row in rows]).offsets
    spoken = [row for at, row in enumerate(rows) if n_words[at + 1] > n_words[at]]
    drawn = sorted(spoken, key=lambda row: chance(seed, row.example_id))[:_MAX_HELD_OUT]
    return tuple(
        HeldOut(row.input, row.completion, row.group)
        for row in sorted(drawn, key=lambda row: row.example_id)
    )
