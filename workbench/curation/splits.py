"""Which split a group belongs to, and which examples form a group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from workbench.errors import EmptySplitError
from workbench.records import SPLITS

_HASH_RANGE = 2**64
_GROUP_DIGITS = 16
USER_RANK, INPUT_RANK = 0, 1


class Label(NamedTuple):
    """Something that rows of one group share; user keys (rank 0) name a group before inputs."""

    rank: int
    text: str


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


def merge_groups(rows: Iterable[Sequence[Label]]) -> dict[Label, str]:
    """Join the labels that any row carries together.

    Args:
        rows: For each row its labels: the user's group keys, and its input.

    Returns: The name of the group of each label: the text of its least label, so that the name
        depends neither on the order of rows nor, where the user gave keys, on which rows there are.
    """
    parents: dict[Label, Label] = {}

    def root(label: Label) -> Label:
        parents.setdefault(label, label)
        while parents[label] != label:
            parents[label] = parents[parents[label]]
            label = parents[label]
        return label

    for labels in rows:
        first, *others = (root(label) for label in labels)
        for other in others:
            first, higher = sorted((root(first), root(other)))
            parents[higher] = first
    return {label: root(label).text for label in parents}


def group_id(name: str) -> str:
    """Return the opaque id under which a group is published; its name may be a person's."""
    return hashlib.sha256(name.encode()).hexdigest()[:_GROUP_DIGITS]


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
