from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.closeness import equal_share, likeness, mean_distance, mean_similarity

TEXTS = st.text(alphabet="ab c", max_size=12)


def test_hand_worked_shares_and_distances() -> None:
    equal = equal_share([("keep", "keep"), ("drop", "keep"), ("keep", "keep"), ("x", "y")])
    assert (equal.measure, equal.value, equal.n_equal, equal.n) == ("equal", 0.5, 2, 4)
    off = mean_distance([(8, 8), (10, 7), (1, 2)])
    assert (off.measure, off.n_equal, off.n) == ("distance", 1, 3)
    assert off.value == pytest.approx(4 / 3)


@pytest.mark.parametrize("measure", [equal_share, mean_distance, mean_similarity])
def test_what_nobody_could_compare_is_not_measured(measure) -> None:
    found = measure([])
    assert (found.value, found.n_equal, found.n) == (None, 0, 0)


def _chrf(said: str, wanted: str, beta: int = 2) -> float:
    """Return chrF in plain words: only orders that both texts have count."""
    texts = ["".join(text.split()) for text in (said, wanted)]
    precisions, recalls = [], []
    for order in range(1, 7):
        grams = [
            Counter(text[at : at + order] for at in range(len(text) - order + 1)) for text in texts
        ]
        if all(grams):
            shared = (grams[0] & grams[1]).total()
            precisions.append(shared / grams[0].total())
            recalls.append(shared / grams[1].total())
    if not precisions:
        return 0.0
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    weight = beta**2
    shared = weight * precision + recall
    return (1 + weight) * precision * recall / shared if shared else 0.0


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_likeness_is_the_mean_chrf_and_one_for_equal_texts(pairs) -> None:
    wanted = [1.0 if said.strip() == other.strip() else _chrf(said, other) for said, other in pairs]
    found = mean_similarity(pairs)
    assert found.value == pytest.approx(sum(wanted) / len(wanted), abs=1e-6)
    assert found.n == len(pairs)


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=1))
def test_the_order_of_pairs_and_of_the_two_does_not_matter(pairs) -> None:
    turned = [(other, said) for said, other in reversed(pairs)]
    assert mean_distance(turned).value == pytest.approx(mean_distance(pairs).value)
    assert equal_share(turned) == equal_share(pairs)


def test_hand_worked_likeness_is_the_same_in_both_orders() -> None:
    # one letter: 2 of 3; two letters: 1 of 2; three: 0 of 1
    assert likeness("abc", "abd") == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    # precision (2/3 + 1/2) / 2 = 7/12 and recall 1, or the other way round: 2PR / (P + R) = 14/19
    assert likeness("abc", "ab") == likeness("ab", "abc") == pytest.approx(14 / 19)
    assert mean_similarity([("abc", "ab")]) != mean_similarity([("ab", "abc")])


@given(TEXTS, TEXTS)
def test_two_texts_are_alike_by_chrf_with_beta_1(one, other) -> None:
    wanted = 1.0 if one.strip() == other.strip() else _chrf(one, other, beta=1)
    assert likeness(one, other) == pytest.approx(wanted, abs=1e-6)
    assert likeness(other, one) == pytest.approx(wanted, abs=1e-6)
