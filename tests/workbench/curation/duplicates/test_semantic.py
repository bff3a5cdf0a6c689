import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.duplicates.near import ChainEnd, Removal
from workbench.curation.duplicates.semantic import find_semantic_duplicates
from workbench.curation.leakage.semantic_pairs import BLOCK_ROWS

THRESHOLD = 0.9  # 25.8 degrees


def at(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def names(count):
    return [f"r{number:04}" for number in range(count)]


def find(*degrees):
    return find_semantic_duplicates(names(len(degrees)), [at(*degrees)], threshold=THRESHOLD)


def test_of_a_chain_the_middle_goes_and_the_unlike_end_stays():
    found = find(0, 20, 40)
    cosine = np.cos(np.radians(20))
    assert found.removals == (Removal("r0001", "r0000", pytest.approx(cosine)),)
    assert found.chain_ends == (ChainEnd("r0002", "r0001", pytest.approx(cosine)),)
    assert found.groups == (("r0000", "r0001", "r0002"),)


def test_the_keeper_is_the_most_similar_row_that_stays_and_of_equals_the_first():
    assert [r.keeper_id for r in find(0, 40, 25).removals] == ["r0001"]
    assert [r.keeper_id for r in find(-20, 20, 0).removals] == ["r0000"]


def test_rows_alike_in_their_inputs_alone_both_stay():
    found = find_semantic_duplicates(names(2), [at(0, 1), at(0, 90)], threshold=THRESHOLD)
    assert found.removals == found.groups == ()


def test_rows_beyond_a_block_meet_those_before_it():
    degrees = np.zeros(2 * BLOCK_ROWS + 1)
    degrees[-1] = 90
    found = find(*degrees)
    assert {removal.keeper_id for removal in found.removals} == {"r0000"}
    assert len(found.removals) == 2 * BLOCK_ROWS - 1


@given(st.lists(st.integers(0, 359), max_size=15))
def test_the_result_is_that_of_the_rule_row_by_row(degrees):
    points = [(float(x), float(y)) for x, y in at(*degrees)]
    cosines = [[x * u + y * v for u, v in points] for x, y in points]
    kept, removals = [], []
    for row in range(len(degrees)):
        near = [other for other in kept if cosines[row][other] >= THRESHOLD]
        if near:
            best = max(near, key=lambda other: (cosines[row][other], -other))
            removals.append((names(len(degrees))[row], names(len(degrees))[best]))
        else:
            kept.append(row)
    found = find(*degrees)
    assert [(r.row_id, r.keeper_id) for r in found.removals] == removals
    again = find(*(degrees[row] for row in kept))
    assert again.removals == again.chain_ends == again.groups == ()
