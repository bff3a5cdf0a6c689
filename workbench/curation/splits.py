"""Which split a group belongs to, and which examples form a group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from workbench.errors import EmptySplitError
from workbench.records import SPLITS

_HASH_RANGE = 2**64
_GROUP_DIGITS = 16


def assign_split(group: str, *, seed: int, fractions: Mapping[str, float]) -> str:
    """Return the split of a group.

    It depends on the group's name, the seed and the fractions alone, so adding data never moves a
    group to another split.

    Args:
        group: Name of the group.
        seed: Another seed gives another assignment.
        fractions: Share per split, in 0-1, summing to 1.
    """
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / _HASH_RANGE
    filled = [split for split in SPLITS if fractions.get(split, 0) > 0]
    bound = 0.0
    for split in filled:
        bound += fractions[split]
        if position < bound:
            return split
    return filled[-1]  # rounding may leave the sum just below 1


def merge_groups(labels: Iterable[Sequence[str]]) -> dict[str, str]:
    """Join the labels that any row carries together.

    Args:
        labels: For each row its labels: the user's group keys, and its input.

    Returns: The group of each label. A group is named by the least of its labels, so that the name
        does not depend on the order of rows.
    """
    parents: dict[str, str] = {}

    def root(label: str) -> str:
        parents.setdefault(label, label)
        while parents[label] != label:
            parents[label] = parents[parents[label]]
            label = parents[label]
        return label

    for row in labels:
        first, *others = (root(label) for label in row)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parents[high] = low
            first = low
    return {
        label: hashlib.sha256(root(label).encode()).hexdigest()[:_GROUP_DIGITS] for label in parents
    }


def check_splits(counts: Mapping[str, int], n_groups: int, fractions: Mapping[str, float]) -> None:
    """Refuse to publish when a split that was asked for has no row.

    Raises:
        EmptySplitError: It names the split, the counts and what to change.
    """
    empty = [split for split in SPLITS if fractions.get(split, 0) > 0 and not counts.get(split)]
    if not empty:
        return
    found = ", ".join(f"{split} {counts.get(split, 0)}" for split in SPLITS)
    raise EmptySplitError(
        f"Split {empty[0]!r} would be empty: {sum(counts.values())} examples in {n_groups} groups "
        f"fell as {found}.",
        f"Import more rows, group them more finely, or raise its share, for example "
        f"`workbench curate --set splits.{empty[0]}=0.2 --set splits.train=0.6`; a share of 0 does "
        "without it.",
    )
