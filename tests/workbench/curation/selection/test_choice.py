import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.selection.choice import Candidate, Pool, length_matched, select

METHODS = ("random", "length", "score", "similarity", "diversity")
SUBJECTS = (
    "tenant rent heating landlord",
    "driver lorry brake insurance",
    "patient chest pain ecg",
)
CANDIDATES = [
    Candidate(f"{n:03d}", f"{SUBJECTS[n % 3]} case number {n}", f"out {n}", 5 + n % 17, n % 7)
    for n in range(60)
]
POOL = Pool(CANDIDATES)
TARGETS = ("the landlord and the heating of the tenant",)


def chosen(method, pool=POOL, budget=100, seed=1):
    return select(pool, method, budget_tokens=budget, seed=seed, targets=TARGETS)


def ids(selection, pool=POOL):
    return [pool.candidates[place].row_id for place in selection.places]


@settings(deadline=None)
@given(st.sampled_from(METHODS), st.integers(0, 900), st.integers(0, 3))
def test_a_selection_keeps_its_budget_and_leaves_no_room_for_another(method, budget, seed):
    found = chosen(method, budget=budget, seed=seed)
    assert len(set(found.places)) == len(found.places)
    costs = [POOL.candidates[place].n_tokens for place in found.places]
    assert sum(costs) == found.n_tokens <= budget
    left = set(range(len(CANDIDATES))) - set(found.places)
    assert all(POOL.candidates[place].n_tokens > budget - found.n_tokens for place in left)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(METHODS), st.permutations(CANDIDATES))
def test_the_order_of_candidates_does_not_matter(method, order):
    assert chosen(method, Pool(order)) == chosen(method)


def test_task_takes_what_is_like_the_targets():
    assert {int(row_id) % 3 for row_id in ids(chosen("similarity"))} == {0}


def test_task_serves_its_targets_in_turn():
    two = (TARGETS[0], "the driver of the lorry had no brake")
    found = select(POOL, "similarity", budget_tokens=100, targets=two)
    subjects = [int(row_id) % 3 for row_id in ids(found)]
    assert set(subjects) == {0, 1}
    assert abs(subjects.count(0) - subjects.count(1)) <= 2


def test_variety_takes_from_every_subject_at_once():
    found = chosen("diversity", budget=1000)
    assert {int(row_id) % 3 for row_id in ids(found)[:3]} == {0, 1, 2}


def test_longest_and_score_take_the_most_first():
    costs = [POOL.candidates[place].n_tokens for place in chosen("length", budget=10_000).places]
    assert costs == sorted(costs, reverse=True)
    scores = [POOL.candidates[place].score for place in chosen("score", budget=10_000).places]
    assert scores == sorted(scores, reverse=True)


def test_another_seed_is_another_random_choice():
    assert chosen("random", seed=1) != chosen("random", seed=2)


def test_adding_a_row_moves_no_other_in_the_random_order():
    more = Pool([*CANDIDATES, Candidate("999", "another", "out", 6)])
    before = ids(chosen("random", budget=10_000))
    after = ids(chosen("random", more, budget=10_000), more)
    assert [row_id for row_id in after if row_id != "999"] == before


def test_what_a_method_needs_is_asked_for():
    with pytest.raises(ValueError, match="inputs of the task"):
        select(POOL, "similarity", budget_tokens=10)
    with pytest.raises(ValueError, match="no score"):
        select(Pool([Candidate("a", "in", "out", 3)]), "score", budget_tokens=10)


def test_the_length_matched_control_has_the_lengths_but_other_rows():
    model = chosen("length", budget=200)
    control = length_matched(POOL, model, seed=5)
    costs = [[POOL.candidates[place].n_tokens for place in one.places] for one in (model, control)]
    assert control.n_tokens <= model.n_tokens
    assert np.median(costs[1]) == pytest.approx(np.median(costs[0]), rel=0.2)
    assert set(control.places) != set(model.places)


@settings(deadline=None)
@given(st.sampled_from(METHODS), st.integers(1, 59))
def test_a_limit_of_rows_takes_the_first_of_the_order(method, most_rows):
    whole = chosen(method, budget=10_000)
    found = select(POOL, method, budget_tokens=10_000, most_rows=most_rows, targets=TARGETS)
    assert found.places == whole.places[:most_rows]
