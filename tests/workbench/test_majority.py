import pytest

from workbench.majority import majority


@pytest.mark.parametrize(
    ("opinions", "found"),
    [
        ([], None),
        (["a"], "a"),
        (["a", "b"], None),
        (["a", "a", "b"], "a"),
        (["a", "a", None, None], None),
        ([None, None, "a"], None),
        (["a", "b", "c"], None),
    ],
)
def test_only_more_than_half_is_a_majority(opinions, found):
    assert majority(opinions) == found
