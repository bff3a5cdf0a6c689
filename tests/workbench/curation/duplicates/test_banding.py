import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.duplicates.banding import (
    TARGET_RECALL,
    Bands,
    band_keys,
    choose_bands,
    signature_keys,
)
from workbench.curation.duplicates.minhash import N_PERMUTATIONS


@pytest.mark.parametrize(
    ("similarity", "probability"),
    [(0.2, 0.006), (0.3, 0.047), (0.4, 0.186), (0.5, 0.470), (0.6, 0.802), (0.8, 0.9996)],
)
def test_recall_is_the_published_curve(similarity, probability):
    """Figure 3.8 of Mining of Massive Datasets: 20 bands of 5 rows."""
    assert Bands(20, 5).recall(similarity) == pytest.approx(probability, abs=0.0007)


@given(st.floats(0.1, 1.0))
def test_pairs_at_the_threshold_are_found_and_one_row_more_would_lose_them(threshold):
    bands = choose_bands(threshold)
    assert bands.n_bands * bands.rows <= N_PERMUTATIONS
    assert bands.recall(threshold) >= TARGET_RECALL
    if bands.rows < N_PERMUTATIONS:
        more = Bands(N_PERMUTATIONS // (bands.rows + 1), bands.rows + 1)
        assert more.recall(threshold) < TARGET_RECALL


def test_the_default_threshold_is_cut_into_21_bands_of_6():
    assert choose_bands(0.8) == Bands(21, 6)


@pytest.mark.parametrize("threshold", [0.0, 0.09, 1.01, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(ValueError, match="between"):
        choose_bands(threshold)


def test_a_band_has_a_key_of_its_own_places_alone():
    signatures = np.random.default_rng(1).integers(0, 2**32, (2, 128), dtype=np.uint32)
    signatures[1] = signatures[0]
    signatures[1, 11] ^= 1
    keys = [band_keys(signatures, Bands(21, 6), band) for band in range(21)]
    assert [band for band in range(21) if keys[band][0] != keys[band][1]] == [1]
    assert len(np.unique(keys)) == 22
    whole = signature_keys(signatures)
    assert whole[0] != whole[1]
