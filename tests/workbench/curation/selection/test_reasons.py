import numpy as np
import pytest

from workbench.curation.selection.choice import Candidate, Pool, ground_similarity, select
from workbench.curation.selection.reasons import left_out
from workbench.curation.selection.rules import SelectionRules

SUBJECTS = ("tenant rent heating landlord", "driver lorry brake insurance")
POOL = Pool(
    Candidate(f"{n:02d}", f"{SUBJECTS[n % 2]} case {n}", f"out {n}", 5 + n, n / 20)
    for n in range(20)
)
TARGETS = ("the landlord and the heating of the tenant",)
DIFFICULTIES = {one.row_id: one.score for one in POOL.candidates}


def reasons(by, keep=6):
    rules = SelectionRules(by=by, keep=keep)
    chosen = select(POOL, rules.method, budget_tokens=10_000, most_rows=keep, targets=TARGETS)
    decisions = left_out(POOL, chosen, rules, targets=TARGETS, difficulties=DIFFICULTIES)
    return {POOL.candidates[at].row_id for at in chosen.places}, decisions


@pytest.mark.parametrize("by", ["similarity", "diversity", "ifd", "length", "random"])
def test_every_row_is_kept_or_has_one_decision(by):
    kept, decisions = reasons(by)
    left = [decision.row_id for decision in decisions]
    assert len(kept) == 6
    assert sorted([*kept, *left]) == [one.row_id for one in POOL.candidates]
    for decision in decisions:
        assert (decision.stage, decision.rule, decision.action) == ("select", by, "drop")
        assert (decision.evidence["kept"], decision.evidence["candidates"]) == (6, 20)
        assert ("score" in decision.evidence) == (by != "random")


def test_with_one_target_no_row_left_out_is_nearer_than_one_kept():
    kept, decisions = reasons("similarity")
    cosines = POOL.embedding.embed(TARGETS)[0] @ POOL.vectors.T
    near = {one.row_id: cosines[at] for at, one in enumerate(POOL.candidates)}
    assert decisions[0].evidence["score"] == pytest.approx(near[decisions[0].row_id], abs=1e-3)
    worst = min(near[row_id] for row_id in kept)
    assert max(decision.evidence["score"] for decision in decisions) <= worst + 1e-3
    assert f"{decisions[0].evidence['score']:.3f}" in decisions[0].reason


def test_the_score_of_variety_is_what_the_row_would_add():
    kept, decisions = reasons("diversity")
    similarity = ground_similarity(POOL, seed=1).clip(0)
    places = [at for at, one in enumerate(POOL.candidates) if one.row_id in kept]
    for decision in decisions:
        row = [one.row_id for one in POOL.candidates].index(decision.row_id)
        with_it = similarity[[*places, row]].max(axis=0)
        gain = float(np.mean(with_it - similarity[places].max(axis=0)))
        assert decision.evidence["score"] == pytest.approx(gain, abs=1e-3)


@pytest.mark.parametrize(
    ("difficulty", "words"),
    [(0.25, "is 0.250; the most difficult"), (1.5, "above 1"), (None, "cannot be told")],
)
def test_a_difficulty_is_told_as_it_is(difficulty, words):
    rules = SelectionRules(by="ifd", keep=1)
    pool = Pool([Candidate("a", "one", "x", 3, 1.0), Candidate("b", "two", "y", 3, 0.0)])
    chosen = select(pool, "score", budget_tokens=10, most_rows=1)
    [decision] = left_out(pool, chosen, rules, difficulties={"a": 1.0, "b": difficulty})
    assert decision.row_id == "b"
    assert words in decision.reason
    assert decision.evidence.get("score") == difficulty
