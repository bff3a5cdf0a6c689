import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.shortest_edit import kept_tokens

TOKENS = st.lists(st.integers(0, 3), max_size=14)


def common_subsequence(before, after):
    """Length of the longest common subsequence, by dynamic programming."""
    table = np.zeros((len(before) + 1, len(after) + 1), int)
    for i, old in enumerate(before):
        for j, new in enumerate(after):
            table[i + 1, j + 1] = (
                table[i, j] + 1 if old == new else max(table[i, j + 1], table[i + 1, j])
            )
    return table[-1, -1]


@given(TOKENS, TOKENS)
def test_as_many_tokens_are_kept_as_the_longest_common_subsequence_has(before, after):
    old, new = np.array(before, np.int64), np.array(after, np.int64)
    kept = kept_tokens(old, new)
    assert old[kept.before].tolist() == new[kept.after].tolist()
    assert kept.before.sum() == common_subsequence(before, after)


def test_edits_beyond_the_first_bound_are_still_the_shortest():
    old = np.arange(300)
    new = old.copy()
    new[::3] += 1000
    kept = kept_tokens(old, new)
    assert kept.before.sum() == 200
    assert kept.before.tolist() == (old == new).tolist()


def test_beyond_the_last_bound_the_common_ends_are_kept():
    old = np.concatenate(([7, 8], np.arange(100, 1200), [9]))
    new = np.concatenate(([7, 8], np.arange(2000, 3100), [9]))
    kept = kept_tokens(old, new)
    assert np.flatnonzero(kept.before).tolist() == [0, 1, old.size - 1]
    assert np.flatnonzero(kept.after).tolist() == [0, 1, new.size - 1]
