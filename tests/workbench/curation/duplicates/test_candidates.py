import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.duplicates.candidates import find_candidates

keys_of_bands = st.integers(0, 12).flatmap(
    lambda n_rows: st.lists(
        st.lists(st.integers(0, 6), min_size=n_rows, max_size=n_rows), min_size=1, max_size=3
    )
)


def found_in(bands, n_threads=1):
    keys = [np.array(band, np.uint64) for band in bands]
    return find_candidates(keys.__getitem__, len(bands), n_threads=n_threads)


@settings(deadline=None)
@given(keys_of_bands)
def test_candidates_are_the_rows_that_meet_another(bands):
    def meet(one, other):
        return one != other and any(band[one] == band[other] for band in bands)

    rows = range(len(bands[0]))
    expected = [one for one in rows if any(meet(one, other) for other in rows)]
    assert found_in(bands).tolist() == expected


def test_nothing_meets_nothing():
    assert found_in([[]]).size == 0
    assert found_in([[1, 2, 3]]).size == 0


def test_the_number_of_threads_changes_nothing():
    bands = np.random.default_rng(3).integers(0, 900, (8, 200)).tolist()
    one = found_in(bands)
    assert 100 < one.size < 200
    assert np.array_equal(one, found_in(bands, n_threads=2))
