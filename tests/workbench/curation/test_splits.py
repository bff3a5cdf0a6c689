import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.splits import Label, assign_split, check_splits, merge_groups
from workbench.errors import EmptySplitError

FRACTIONS = {"train": 0.8, "validation": 0.05, "test": 0.1, "feedback": 0.05}
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
