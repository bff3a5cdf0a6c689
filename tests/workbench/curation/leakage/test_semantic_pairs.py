import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from workbench.curation.leakage.semantic_pairs import BLOCK_ROWS, alike, semantic_pairs
from workbench.curation.static_model import load_encoder

_FEW = st.integers(0, 12)


def unit(vectors):
    vectors = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def numbers(pairs):
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def test_pairs_are_those_whose_vectors_point_alike(static_model):
    found = semantic_pairs(
        ["tenant", "xyzzy", "owner"],
        ["neighbour", "landlord"],
        encoder=load_encoder(static_model),
        threshold=0.7,
    )
    assert numbers(found) == [(0, 0), (2, 0), (2, 1)]
    assert found.scores == pytest.approx([np.sqrt(0.5), np.sqrt(0.5), 1.0])


def test_more_rows_than_a_block_and_none_at_all_are_compared():
    axes = np.eye(2, dtype=np.float32)
    many, one, none = np.tile(axes, (BLOCK_ROWS, 1)), axes[1:], axes[:0]
    found = alike([many], [one], 0.85)
    assert np.array_equal(found.first, np.arange(1, 2 * BLOCK_ROWS, 2))
    other_way = alike([one], [many], 0.85)
    assert np.array_equal(other_way.second, found.first)
    assert alike([none], [many], 0.85).first.size == alike([many], [none], 0.85).first.size == 0


def test_rows_are_alike_only_if_each_of_their_texts_is_and_by_the_least():
    inputs, outputs = unit([[1, 0], [1, 0], [1, 0.1]]), unit([[0, 1], [1, 0], [0.2, 1]])
    found = alike([inputs, outputs], [inputs, outputs], 0.9)
    assert numbers(found) == [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]
    # cosines 1/sqrt(1.01) of the inputs and 1/sqrt(1.04) of the outputs
    assert found.scores[1] == pytest.approx(1 / np.sqrt(1.04))


@given(_FEW.flatmap(lambda n: st_numpy.arrays(np.int8, (n, 3))), st.floats(0.1, 1))
def test_every_pair_is_found_and_none_is_invented(raw, threshold):
    vectors = unit(raw)
    wide = vectors.astype(np.float64)
    expected = [
        (i, j)
        for i in range(len(raw))
        for j in range(len(raw))
        if sum(x * y for x, y in zip(wide[i], wide[j], strict=True)) >= threshold
    ]
    assert numbers(alike([vectors], [vectors], threshold)) == expected
