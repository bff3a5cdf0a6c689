from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluation.agreement import Opinion, agreement

# Krippendorff's own example, "Computing Krippendorff's Alpha-Reliability", 2011, section C: four
# observers, twelve units; alpha is 0.743 nominal, 0.815 ordinal.
PUBLISHED = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def _published() -> list[Opinion]:
    return [
        Opinion(f"u{unit}", f"r{rater}", int(value))
        for rater, row in enumerate(PUBLISHED)
        for unit, value in enumerate(row.split())
        if value != "."
    ]


def test_the_published_example_comes_out() -> None:
    nominal, ordinal = agreement(_published(), "nominal"), agreement(_published(), "ordinal")
    assert nominal.alpha == pytest.approx(0.743, abs=5e-4)
    assert ordinal.alpha == pytest.approx(0.815, abs=5e-4)
    for found in (nominal, ordinal):
        assert found.low is not None
        assert found.high is not None
        assert found.alpha is not None
        assert found.low < found.alpha < found.high <= 1
        assert (found.n_units, found.n_opinions) == (11, 40)  # unit 12 has one opinion


def test_the_order_of_opinions_changes_nothing() -> None:
    opinions = _published()
    expected = agreement(opinions, "ordinal")
    for seed in range(3):
        random.Random(seed).shuffle(opinions)  # noqa: S311 - order alone
        assert agreement(opinions, "ordinal") == expected


def _plain_nominal(units: Sequence[Sequence[int]]) -> float:
    """Krippendorff's alpha by its definition: pairs within units over pairs of all values."""
    values = [value for unit in units for value in unit]
    observed = sum(
        (one != other) / (len(unit) - 1)
        for unit in units
        for place, one in enumerate(unit)
        for where, other in enumerate(unit)
        if place != where
    ) / len(values)
    pairs = [
        one != other
        for place, one in enumerate(values)
        for where, other in enumerate(values)
        if place != where
    ]
    return 1 - observed / (sum(pairs) / len(pairs))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=4), min_size=2, max_size=8))
def test_it_is_alpha_by_its_definition(units: list[list[int]]) -> None:
    opinions = [
        Opinion(f"u{unit}", f"r{rater}", value)
        for unit, values in enumerate(units)
        for rater, value in enumerate(values)
    ]
    found = agreement(opinions, "nominal")
    if len({value for unit in units for value in unit}) == 1:
        assert found.alpha is None
        assert "the same" in found.why_not
    else:
        assert found.alpha == pytest.approx(_plain_nominal(units))


def test_too_few_shared_records_is_said_and_not_a_number() -> None:
    found = agreement([Opinion("a", "x", 1), Opinion("a", "y", 2), Opinion("b", "x", 1)], "nominal")
    assert (found.alpha, found.low, found.high, found.n_units) == (None, None, None, 1)
    assert "fewer than 2 records" in found.why_not
