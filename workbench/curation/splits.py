"""Which split each row belongs to: by its group, and for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.row_groups import NOTHING, RowKeys, group_rows
from workbench.errors import EmptySplitError
from workbench.records import SPLITS

_HASH_RANGE = 2**64
_GROUP_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Bridge:
    """A row that ties rows of two splits, and can stand in neither.

    Attributes:
        row: The row.
        tied_to: The two rows.
        splits: Their splits.
    """

    row: str
    tied_to: tuple[str, str]
    splits: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where each row belongs.

    Attributes:
        places: Split and opaque group id of each row but the bridges, by its id.
        bridges: New rows that tie two splits, by id: dropping them leaves splits apart.
        conflicts: Rows frozen in one split (their own) that are tied to a row frozen in another:
            the versions that froze them leak; by id.
    """

    places: dict[str, tuple[str, str]]
    bridges: tuple[Bridge, ...]
    conflicts: tuple[Bridge, ...]


def place_rows(
    ids: Sequence[str],
    keys: Sequence[RowKeys],
    *,
    seed: int,
    fractions: Mapping[str, float],
    ties: npt.NDArray[np.int64] | None = None,
    frozen: Mapping[str, str] | None = None,
) -> Placement:
    """Give each row its split, so that no group crosses splits and no row ever moves.

    A row that an earlier version placed stays in its split, whatever the seed and the fractions
    are now; a group with such a row follows it; any other group goes where its name falls.

    Args:
        ids: Id of each row; distinct.
        keys: What ties rows, the kind that names groups first: the user's keys, the source
            documents, the canonical inputs.
        seed: Another seed gives another assignment of new groups.
        fractions: Share of groups per split, in 0-1, summing to 1.
        ties: Pairs of numbers of rows that belong together, such as verified near-duplicates;
            (n_ties, 2).
        frozen: Split of each row of earlier versions, by id; rows that are no longer there may
            stand in it.

    Returns: The placement; it depends on the order of neither rows, keys nor ties.
    """
    old = _split_numbers(ids, frozen or {})
    found = group_rows(ids, keys, np.empty((0, 2), np.int64) if ties is None else ties, old)
    drawn = assign_splits(found.names, seed=seed, fractions=fractions)
    group_places = [
        (drawn[number] if split == NOTHING else SPLITS[split], group_id(found.names[number]))
        for number, split in enumerate(found.splits.tolist())
    ]
    groups = zip(ids, found.groups.tolist(), strict=True)
    return Placement(
        {row: group_places[group] for row, group in groups if group != NOTHING},
        tuple(_bridge(ids, old, *numbers) for numbers in found.bridges.tolist()),
        tuple(_bridge(ids, old, row, row, other) for row, other in found.conflicts.tolist()),
    )


def _split_numbers(ids: Sequence[str], frozen: Mapping[str, str]) -> npt.NDArray[np.int64]:
    """Return the place in SPLITS of each frozen row's split, NOTHING for the other rows."""
    numbers: dict[str | None, int] = {split: number for number, split in enumerate(SPLITS)}
    numbers[None] = NOTHING
    return np.array([numbers[frozen.get(row)] for row in ids], np.int64)


def _bridge(
    ids: Sequence[str], splits: npt.NDArray[np.int64], row: int, one: int, other: int
) -> Bridge:
    return Bridge(ids[row], (ids[one], ids[other]), (SPLITS[splits[one]], SPLITS[splits[other]]))


def assign_splits(groups: Sequence[str], *, seed: int, fractions: Mapping[str, float]) -> list[str]:
    """Return the split of each group, see `assign_split`."""
    digests = b"".join(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8] for name in groups)
    positions = np.frombuffer(digests, ">u8").astype(np.float64) / _HASH_RANGE
    filled: list[str] = [split for split in SPLITS if fractions.get(split, 0) > 0]
    bounds = np.cumsum([fractions[split] for split in filled])
    bounds[-1] = np.inf  # rounding may leave the sum just below 1
    return [filled[place] for place in np.searchsorted(bounds, positions, "right").tolist()]


def assign_split(group: str, *, seed: int, fractions: Mapping[str, float]) -> str:
    """Return the split of a group.

    It depends on the group's name, the seed and the fractions alone, so adding data never moves a
    group to another split.

    Args:
        group: Name of the group.
        seed: Another seed gives another assignment.
        fractions: Share per split, in 0-1, summing to 1.
    """
    return assign_splits([group], seed=seed, fractions=fractions)[0]


def group_id(name: str) -> str:
    """Return the opaque id under which a group is published; its name may be a person's."""
    return hashlib.sha256(name.encode()).hexdigest()[:_GROUP_DIGITS]


def empty_splits(counts: Mapping[str, int], fractions: Mapping[str, float]) -> list[str]:
    """Return the splits that were asked for and have no row."""
    return [split for split in SPLITS if fractions.get(split, 0) > 0 and not counts.get(split)]


def check_splits(counts: Mapping[str, int], n_groups: int, fractions: Mapping[str, float]) -> None:
    """Refuse to publish when a split that was asked for has no row.

    Raises:
        EmptySplitError: It names the split, the counts and what to change.
    """
    empty = empty_splits(counts, fractions)
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
