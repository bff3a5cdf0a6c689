import hashlib
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.row_groups import RowKeys
from workbench.curation.splits import (
    Bridge,
    assign_split,
    assign_splits,
    check_splits,
    group_id,
    place_rows,
)
from workbench.errors import EmptySplitError

FRACTIONS = {"train": 0.8, "validation": 0.05, "test": 0.1, "feedback": 0.05}


class Label(NamedTuple):
    """A key of a row: the user's (rank 0) or its input (rank 1)."""

    rank: int
    text: str


def merge_groups(rows):
    """Join the labels that any row carries together: a plain union-find to compare with."""
    parents = {}

    def root(label):
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


LABEL = st.builds(Label, st.integers(0, 1), st.sampled_from("abcdefgh"))
LABELS = st.lists(st.lists(LABEL, min_size=1, max_size=3), max_size=12)


def test_the_split_is_the_place_of_the_groups_hash():
    digest = hashlib.sha256(b"7:writer").digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    bounds = {"train": 0.8, "validation": 0.85, "test": 0.95, "feedback": 1.0}
    expected = next(split for split, bound in bounds.items() if place < bound)
    assert assign_split("writer", seed=7, fractions=FRACTIONS) == expected


def test_shares_are_met_and_a_share_of_zero_gets_nothing():
    counts = Counter(assign_split(str(n), seed=1, fractions=FRACTIONS) for n in range(10_000))
    for split, share in FRACTIONS.items():
        assert abs(counts[split] / 10_000 - share) < 0.015
    none = {"train": 1.0, "validation": 0.0, "test": 0.0, "feedback": 0.0}
    assert {assign_split(str(n), seed=1, fractions=none) for n in range(100)} == {"train"}


@given(LABELS, st.randoms())
def test_rows_that_share_a_label_share_a_group_in_any_order(rows, random):
    groups = merge_groups(rows)
    for row in rows:
        assert len({groups[label] for label in row}) == 1
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert merge_groups(shuffled) == groups


def test_unrelated_labels_stay_apart_and_chains_join():
    a, b, c, d, e = (Label(0, text) for text in "abcde")
    groups = merge_groups([[a, b], [c], [b, d], [e, d]])
    assert groups == {a: "a", b: "a", d: "a", e: "a", c: "c"}


def test_a_group_is_named_by_the_users_key_whatever_its_rows():
    key = Label(0, "writer")
    rows = [[key, Label(1, "5")], [key, Label(1, "0")]]
    assert merge_groups(rows[:1])[key] == merge_groups(rows)[key] == "writer"


def test_an_empty_split_is_named_with_counts_and_remedy():
    with pytest.raises(
        EmptySplitError, match=r"'test' would be empty: 5 examples in 2 groups"
    ) as e:
        check_splits({"train": 3, "validation": 1, "feedback": 1}, 2, FRACTIONS)
    assert "train 3, validation 1, test 0, feedback 1" in e.value.message
    assert "splits.test=" in e.value.hint
    check_splits({"train": 5}, 2, {"train": 1.0, "test": 0.0})


def place(rows, *, ties=(), frozen=None, seed=1, fractions=FRACTIONS):
    """Place rows given as id -> (user keys, input)."""
    ids = list(rows)
    users = [(number, key) for number, row in enumerate(ids) for key in rows[row][0]]
    return place_rows(
        ids,
        [
            RowKeys(np.array([number for number, _ in users], np.int64), [key for _, key in users]),
            RowKeys(range(len(ids)), [rows[row][1] for row in ids]),
        ],
        seed=seed,
        fractions=fractions,
        ties=np.array([(ids.index(a), ids.index(b)) for a, b in ties], np.int64).reshape(-1, 2),
        frozen=frozen,
    )


IDS = [f"r{number:02d}" for number in range(14)]
ROW = st.tuples(st.lists(st.sampled_from("uvwxyz"), max_size=2), st.sampled_from("abcdefghij"))
ROWS = st.dictionaries(st.sampled_from(IDS), ROW, max_size=14)
TIES = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=5)
EVEN = {"train": 0.25, "validation": 0.25, "test": 0.25, "feedback": 0.25}


def among(ties, rows):
    return [tie for tie in ties if tie[0] in rows and tie[1] in rows]


def tied_pairs(rows, ties):
    for one in rows:
        for other in rows:
            shares = set(rows[one][0]) & set(rows[other][0]) or rows[one][1] == rows[other][1]
            if shares or (one, other) in ties:
                yield one, other


@settings(deadline=None)  # the first call compiles the kernels
@given(ROWS, ROWS, TIES, st.integers(0, 5))
def test_adding_rows_never_moves_an_old_one(old, new, ties, seed):
    first = place(old, ties=among(ties, old), seed=seed, fractions=EVEN)
    assert not first.bridges
    frozen = {row: split for row, (split, _) in first.places.items()}
    rows = {**new, **old}
    later = place(rows, ties=among(ties, rows), frozen=frozen, seed=seed + 1, fractions=FRACTIONS)
    assert {row: later.places[row][0] for row in old} == frozen
    assert {bridge.row for bridge in later.bridges}.isdisjoint(old)
    assert later.places.keys() == rows.keys() - {bridge.row for bridge in later.bridges}


@settings(deadline=None)
@given(ROWS, TIES, st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(EVEN))))
def test_no_group_crosses_splits_and_what_is_tied_stands_together(rows, ties, frozen):
    found = place(rows, ties=among(ties, rows), frozen=frozen)
    splits_of = {}
    for split, group in found.places.values():
        splits_of.setdefault(group, set()).add(split)
    for one, other in tied_pairs(rows, ties):
        if {one, other} <= found.places.keys() and found.places[one][0] != found.places[other][0]:
            # only rows that were frozen apart may be tied across splits, and they are told
            assert {one, other} <= frozen.keys()
            assert found.conflicts
    assert all(len(splits) == 1 for splits in splits_of.values())
    for bridge in found.bridges:
        assert bridge.row not in frozen
        assert bridge.splits == tuple(frozen[row] for row in bridge.tied_to)
        assert len(set(bridge.splits)) == 2
    for conflict in found.conflicts:
        assert conflict.row == conflict.tied_to[0]
        assert frozen[conflict.tied_to[0]] != frozen[conflict.tied_to[1]]


@settings(deadline=None)
@given(ROWS, TIES, st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(EVEN))), st.randoms())
def test_the_order_of_rows_keys_and_ties_does_not_matter(rows, ties, frozen, random):
    found = place(rows, ties=among(ties, rows), frozen=frozen)
    turned = [(row, ([*users], text)) for row, (users, text) in rows.items()]
    random.shuffle(turned)
    for _, (users, _) in turned:
        random.shuffle(users)
    other_ties = [tie[::-1] for tie in among(ties, rows)]
    random.shuffle(other_ties)
    assert place(dict(turned), ties=other_ties, frozen=frozen) == found


@settings(deadline=None)
@given(ROWS)
def test_without_history_rows_stand_where_the_name_of_their_group_falls(rows):
    labels = [
        [*(Label(0, user) for user in users), Label(1, text)] for users, text in rows.values()
    ]
    names = merge_groups(labels)
    expected = {
        row: (
            assign_split(names[label[0]], seed=3, fractions=FRACTIONS),
            group_id(names[label[0]]),
        )
        for row, label in zip(rows, labels, strict=True)
    }
    assert place(rows, seed=3).places == expected


def test_a_bridge_names_the_rows_that_it_ties_and_a_later_row_follows_its_neighbour():
    rows = {"a": ([], "1"), "b": ([], "2"), "c": (["k"], "1"), "d": (["k"], "2"), "e": ([], "9")}
    found = place(rows, ties=[("e", "d")], frozen={"a": "train", "b": "test"})
    # c joins a; d would tie c's group to b; e is tied to d alone, which is out
    assert found.places["c"][0] == "train"
    assert found.places["c"][1] == found.places["a"][1] == group_id("k")
    assert found.bridges == (Bridge("d", ("a", "b"), ("train", "test")),)
    assert "d" not in found.places
    assert found.places["e"][1] == group_id("9")


def test_rows_frozen_apart_keep_their_splits_and_are_told():
    found = place({"a": ([], "1"), "b": ([], "1")}, frozen={"a": "train", "b": "test"})
    assert [found.places[row][0] for row in "ab"] == ["train", "test"]
    assert found.conflicts == (Bridge("b", ("b", "a"), ("test", "train")),)


def test_a_new_row_that_equals_rows_frozen_apart_is_a_bridge():
    rows = {"a": ([], "1"), "b": ([], "1"), "c": ([], "1"), "d": (["k"], "1")}
    found = place(rows, frozen={"a": "train", "b": "test"})
    assert found.bridges == (
        Bridge("c", ("a", "b"), ("train", "test")),
        Bridge("d", ("a", "b"), ("train", "test")),
    )


def test_near_duplicates_share_a_split_and_a_frozen_one_decides():
    rows = {f"{number}": ([], f"{number}") for number in range(40)}
    ties = [(f"{number}", f"{number + 1}") for number in range(39)]
    assert len(set(place(rows, ties=ties).places.values())) == 1
    frozen = place(rows, ties=ties, frozen={"17": "feedback"})
    assert {split for split, _ in frozen.places.values()} == {"feedback"}


def test_a_row_without_any_key_is_a_group_of_its_own_name():
    found = place_rows(["a"], [RowKeys(range(0), [])], seed=1, fractions=FRACTIONS)
    assert found.places == {"a": (assign_split("a", seed=1, fractions=FRACTIONS), group_id("a"))}


def test_many_groups_are_placed_as_each_alone():
    names = [f"g{number}" for number in range(500)]
    alone = [assign_split(name, seed=4, fractions=EVEN) for name in names]
    assert assign_splits(names, seed=4, fractions=EVEN) == alone
    assert set(alone) == set(EVEN)
