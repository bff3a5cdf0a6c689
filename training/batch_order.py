"""The order in which rows are seen: shuffled, yet rows of one length together.

The whole course is fixed before step one from the lengths and the seed alone. A resumed run thus
sees exactly the rows that the straight run would have seen, whatever the state of any generator.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

_WINDOW_BATCHES = 32


def total_steps(rows: int, *, rows_per_step: int, epochs: float, max_steps: int | None) -> int:
    """Return the number of optimiser updates: `max_steps`, else ceil(rows x epochs / step)."""
    return max_steps or max(1, math.ceil(rows * epochs / rows_per_step))


def batch_order(lengths: Sequence[int], *, batch_size: int, count: int, seed: int) -> list[int]:
    """Return `count` row indices in training order.

    Every epoch is a fresh permutation. Within a window of 32 batches the rows are sorted by length
    and cut into batches, which are then shuffled: little padding, little order left to learn from.

    Args:
        lengths: Tokens of each row.
        batch_size: Rows in one forward pass.
        count: Indices wanted; rows repeat once all were used.
        seed: Decides everything.
    """
    chooser = random.Random(seed)  # noqa: S311 - an order of rows, not a secret
    stream = _epochs(len(lengths), chooser)
    order: list[int] = []
    while len(order) < count:
        size = min(batch_size * _WINDOW_BATCHES, count - len(order))
        window = sorted((next(stream) for _ in range(size)), key=lambda row: (lengths[row], row))
        batches = [window[start : start + batch_size] for start in range(0, size, batch_size)]
        # A short batch can only stand at the very end, or every later batch would be shifted.
        short = [batches.pop()] if len(batches[-1]) < batch_size else []
        chooser.shuffle(batches)
        order += [row for batch in [*batches, *short] for row in batch]
    return order


def _epochs(rows: int, chooser: random.Random) -> Iterator[int]:
    while True:
        permutation = list(range(rows))
        chooser.shuffle(permutation)
        yield from permutation
