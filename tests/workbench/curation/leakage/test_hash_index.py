import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.leakage.hash_index import HashIndex

# few low and few high bits, so that keys meet in slots and in the bitmap
HASH = st.builds(lambda high, low: high << 40 | low, st.integers(0, 30), st.integers(0, 30))


@settings(deadline=None)  # the first call compiles the kernels
@given(st.lists(HASH, unique=True), st.lists(HASH))
def test_each_hash_is_found_under_the_number_of_its_key(keys, asked):
    found = HashIndex(np.array(keys, np.uint64)).find(np.array(asked, np.uint64))
    assert found.tolist() == [keys.index(one) if one in keys else -1 for one in asked]
