from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.selection.coverage import greedy_cover

MATRICES = st.integers(1, 6).flatmap(
    lambda n_covered: st.lists(
        st.lists(st.integers(0, 9), min_size=n_covered, max_size=n_covered), min_size=1, max_size=7
    )
)


def cover(rows, chosen):
    return sum(max(rows[place][at] for place in chosen) for at in range(len(rows[0])))


def plain_greedy(rows):
    chosen = []
    while len(chosen) < len(rows):
        left = [place for place in range(len(rows)) if place not in chosen]
        chosen.append(max(left, key=lambda place: (cover(rows, [*chosen, place]), -place)))
    return chosen


@given(MATRICES)
def test_lazy_choice_is_the_plain_greedy_choice(rows):
    assert list(greedy_cover(np.array(rows, np.float32))) == plain_greedy(rows)


@given(MATRICES, st.integers(1, 3))
def test_the_greedy_cover_reaches_its_bound(rows, n):
    n = min(n, len(rows))
    best = max(cover(rows, chosen) for chosen in combinations(range(len(rows)), n))
    reached = cover(rows, list(greedy_cover(np.array(rows, np.float32)))[:n])
    assert reached >= (1 - 1 / np.e) * best - 1e-9
