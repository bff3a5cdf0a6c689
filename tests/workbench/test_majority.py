import pytest

from workbench.majority import deciding, majority


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


@pytest.mark.parametrize(
    ("cast", "counted"),
    [
        (["script a", "script b", "person"], ["person"]),
        (["person a", "person b"], ["person a", "person b"]),
        (["script a", "script b"], ["script a", "script b"]),
        ([], []),
    ],
)
def test_a_person_sets_every_script_aside(cast, counted):
    assert deciding(cast, lambda name: name.startswith("script")) == counted
