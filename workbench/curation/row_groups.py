"""Join rows that share a key or are tied into groups, without ever joining two splits.

Rows that have a split already come first, then the new ones, both by id. A new row joins whatever
it is tied to; where that lies in two splits, it is a bridge and joins nothing. As the order is
fixed, so are the bridges, and no row changes what was found of those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.curation.kernels import kernel

NOTHING = -1
_FIRST_ROOM = 1024

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowKeys:
    """Keys of one kind, such as the user's, the source document or the input; equal keys tie rows.

    Attributes:
        rows: Number of the row that has each key; a row may have several, or none; (n_keys,).
        names: The keys; (n_keys,).
    """

    rows: Numbers | range
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class RowGroups:
    """Which rows belong together.

    Attributes:
        groups: Number of the group of each row, NOTHING for a bridge; (n_rows,).
        names: Name of each group: its least key of the first kind of which it has any; the id of
            its first row if all its keys belong to a group of another split.
        splits: Split of each group, NOTHING where none of its rows had one; (n_groups,).
        bridges: New rows that tie two splits, with a row of each; (n_bridges, 3), by id.
        conflicts: Rows that had a split and are tied to one of another; (n_conflicts, 2), by id.
    """

    groups: Numbers
    names: list[str]
    splits: Numbers
    bridges: Numbers
    conflicts: Numbers


class _Forest(NamedTuple):
    """Disjoint sets of nodes: the rows, then the keys; (n_nodes,) each.

    Attributes:
        parents: A node nearer to the root of its set, or itself.
        sizes: Nodes of the set, at its root.
        splits: Split of the set, at its root; NOTHING for none yet.
        witnesses: Place in the order of the first row that brought that split, at its root; n_rows
            for none.
        rivals: Place in the order of the first row that has this key too but had another split than
            its set, so that it could not join; n_rows for none.
    """

    parents: Numbers
    sizes: Numbers
    splits: Numbers
    witnesses: Numbers
    rivals: Numbers


def group_rows(
    ids: Sequence[str], keys: Sequence[RowKeys], ties: Numbers, splits: Numbers
) -> RowGroups:
    """Join rows into groups.

    Args:
        ids: Id of each row; distinct.
        keys: The kinds of keys, the one that names groups first.
        ties: Pairs of numbers of rows that belong together, such as near-duplicates; (n_ties, 2).
        splits: Number of the split that each row has already, NOTHING for a new row; (n_rows,).
    """
    by_id = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
    is_new = splits[by_id] == NOTHING
    order = np.concatenate((by_id[~is_new], by_id[is_new]))
    places = np.empty(len(ids), np.int64)
    places[order] = np.arange(len(ids))
    rows, nodes, kinds, names = _number_keys(keys, len(ids))
    starts, tied = _ties_by_row(rows, nodes, ties, places)
    forest = _plant(np.where(splits == NOTHING, len(ids), places), splits, len(names))
    bridges, conflicts = _join(order, int((~is_new).sum()), starts, tied, forest)
    groups, group_splits, first_rows, first_keys, rivals = _number_groups(
        order, forest, bridges[:, 0], kinds
    )
    chosen = [
        ids[row] if key == NOTHING else names[key]
        for row, key in zip(first_rows.tolist(), first_keys.tolist(), strict=True)
    ]
    for group, key in rivals.tolist():
        chosen[group] = min(chosen[group], names[key])
    return RowGroups(groups, chosen, group_splits, bridges, conflicts)


def _ties_by_row(
    rows: Numbers, nodes: Numbers, ties: Numbers, places: Numbers
) -> tuple[Numbers, Numbers]:
    """Return where the nodes begin that each row is tied to, and these nodes.

    Of two tied rows it is the later one in the order that is tied to the earlier one.
    """
    is_later = places[ties[:, 0]] > places[ties[:, 1]]
    rows = np.concatenate((rows, np.where(is_later, ties[:, 0], ties[:, 1])))
    nodes = np.concatenate((nodes, np.where(is_later, ties[:, 1], ties[:, 0])))
    by_row = np.argsort(rows, kind="stable")
    return np.searchsorted(rows[by_row], np.arange(places.size + 1)), nodes[by_row]


def _number_keys(
    keys: Sequence[RowKeys], n_rows: int
) -> tuple[Numbers, Numbers, Numbers, list[str]]:
    """Return row and node of each key, then kind and name of each distinct one."""
    rows, nodes, kinds, names = [], [], [], list[str]()
    for kind, column in enumerate(keys):
        numbers: dict[str, int] = {}
        first = n_rows + len(names)
        nodes.append([first + numbers.setdefault(name, len(numbers)) for name in column.names])
        rows.append(column.rows)
        kinds.append(np.full(len(numbers), kind))
        names += numbers
    joined = [np.concatenate([np.asarray(part, np.int64) for part in x]) for x in (rows, nodes)]
    return joined[0], joined[1], np.concatenate(kinds), names


def _plant(witnesses: Numbers, splits: Numbers, n_keys: int) -> _Forest:
    """Return a forest in which each row and each key is alone."""
    n_nodes = splits.size + n_keys
    return _Forest(
        np.arange(n_nodes),
        np.ones(n_nodes, np.int64),
        np.concatenate((splits, np.full(n_keys, NOTHING))),
        np.concatenate((witnesses, np.full(n_keys, splits.size))),
        np.full(n_nodes, splits.size),
    )


@kernel
def _join(
    order: Numbers, n_old: int, starts: Numbers, nodes: Numbers, forest: _Forest
) -> tuple[Numbers, Numbers]:
    """Join each row with what it is tied to; return bridges and conflicts, see `RowGroups`."""
    nobody = order.size
    bridges = np.empty((_FIRST_ROOM, 3), np.int64)
    conflicts = np.empty((_FIRST_ROOM, 2), np.int64)
    n_bridges = n_conflicts = 0
    is_out = np.zeros(order.size, np.bool_)
    for place in range(order.size):
        row = order[place]
        tied = nodes[starts[row] : starts[row + 1]]
        one = place if place < n_old else _witness(forest, order, tied, is_out, NOTHING)
        split = NOTHING if one == nobody else forest.splits[order[one]]
        other = nobody if one == nobody else _witness(forest, order, tied, is_out, split)
        if other != nobody and place >= n_old:
            is_out[row] = True
            if n_bridges == bridges.shape[0]:
                bridges = np.concatenate((bridges, np.empty_like(bridges)))
            bridges[n_bridges] = (row, order[one], order[other])
            n_bridges += 1
            continue
        if other != nobody:
            if n_conflicts == conflicts.shape[0]:
                conflicts = np.concatenate((conflicts, np.empty_like(conflicts)))
            conflicts[n_conflicts] = (row, order[other])
            n_conflicts += 1
        for node in tied:
            if node < order.size and is_out[node]:
                continue
            if _may_join(forest, node, split):
                _unite(forest, row, node)
            elif node >= order.size:
                forest.rivals[node] = min(forest.rivals[node], place)
    return bridges[:n_bridges].copy(), conflicts[:n_conflicts].copy()


@kernel
def _witness(
    forest: _Forest, order: Numbers, tied: Numbers, is_out: npt.NDArray[np.bool_], but: int
) -> int:
    """Return the first witness of a split other than `but` among tied nodes; n_rows for none."""
    first = order.size
    for node in tied:
        if node < order.size and is_out[node]:
            continue
        for witness in (forest.witnesses[_root(forest, node)], forest.rivals[node]):
            if witness < first and forest.splits[order[witness]] != but:
                first = witness
    return first


@kernel
def _may_join(forest: _Forest, node: int, split: int) -> bool:
    return forest.splits[_root(forest, node)] in (NOTHING, split)


@kernel
def _unite(forest: _Forest, one: int, other: int) -> None:
    high, low = _root(forest, one), _root(forest, other)
    if high == low:
        return
    if forest.sizes[high] < forest.sizes[low]:
        high, low = low, high
    forest.parents[low] = high
    forest.sizes[high] += forest.sizes[low]
    forest.splits[high] = max(forest.splits[high], forest.splits[low])  # one of them is NOTHING
    forest.witnesses[high] = min(forest.witnesses[high], forest.witnesses[low])


@kernel
def _root(forest: _Forest, node: int) -> int:
    while forest.parents[node] != node:
        forest.parents[node] = forest.parents[forest.parents[node]]
        node = forest.parents[node]
    return node


@kernel
def _number_groups(
    order: Numbers, forest: _Forest, out: Numbers, kinds: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Number the groups by their first row.

    Returns: Group of each row; for each group its split, its first row and a key of its first
        kind, or NOTHING; and group and key of each further one of that kind.
    """
    group_of = np.full(forest.parents.size, NOTHING, np.int64)
    groups = np.zeros(order.size, np.int64)
    groups[out] = NOTHING
    splits = np.empty(order.size, np.int64)
    first_rows = np.empty(order.size, np.int64)
    n_groups = 0
    for row in order:
        if groups[row] != NOTHING:
            root = _root(forest, row)
            if group_of[root] == NOTHING:
                group_of[root] = n_groups
                splits[n_groups] = forest.splits[root]
                first_rows[n_groups] = row
                n_groups += 1
            groups[row] = group_of[root]
    first_keys = np.full(n_groups, NOTHING, np.int64)
    rivals = np.empty((kinds.size, 2), np.int64)
    n_rivals = 0
    for key in range(kinds.size):
        group = group_of[_root(forest, order.size + key)]
        if group == NOTHING:
            continue  # only bridges have that key
        if first_keys[group] == NOTHING:
            first_keys[group] = key
        elif kinds[key] == kinds[first_keys[group]]:
            rivals[n_rivals] = (group, key)
            n_rivals += 1
    return groups, splits[:n_groups], first_rows[:n_groups], first_keys, rivals[:n_rivals]
