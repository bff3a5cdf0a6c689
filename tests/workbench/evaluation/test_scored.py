import math

import pytest

from workbench.evaluation.scored import compare, perplexity, summarise
from workbench.evaluation.statistics import estimate, share_difference, share_estimate

GROUPS = {f"e{n}": f"writer {n % 4}" for n in range(12)}
SCORES = {name: float(n % 3 == 0) for n, name in enumerate(GROUPS)}


def test_a_row_without_a_score_is_no_zero():
    kept = {name: value for name, value in SCORES.items() if name != "e1"}
    found = summarise(kept, GROUPS)
    alone = share_estimate(list(kept.values()), [GROUPS[name] for name in kept])
    assert (found["mean"], found["low"], found["high"]) == (alone.mean, alone.low, alone.high)
    assert found["mean"] == pytest.approx(4 / 11)
    assert (found["n_scored"], found["n_total"], found["groups"]) == (11, 12, 4)


def test_nothing_scored_has_no_number():
    assert summarise({}, GROUPS) == {
        "mean": None,
        "low": None,
        "high": None,
        "groups": 0,
        "n_scored": 0,
        "n_total": 12,
    }
    assert perplexity({}, GROUPS)["value"] is None
    assert compare({"e0": 1.0}, {"e1": 1.0}, GROUPS) is None


def test_a_difference_is_over_the_rows_that_both_scored():
    ours = {name: value for name, value in SCORES.items() if name != "e0"}
    theirs = {name: 0.0 for name in SCORES if name != "e1"}
    found = compare(ours, theirs, GROUPS)
    both = [name for name in GROUPS if name not in ("e0", "e1")]
    alone = share_difference(
        [ours[n] for n in both], [theirs[n] for n in both], [GROUPS[n] for n in both]
    )
    assert found["mean"] == pytest.approx(3 / 10)
    assert (found["low"], found["high"]) == (alone.low, alone.high)
    assert (found["n_scored"], found["n_total"]) == (10, 12)


def test_the_order_in_which_rows_were_scored_changes_nothing():
    backwards = dict(reversed(SCORES.items()))
    assert summarise(backwards, GROUPS) == summarise(SCORES, GROUPS)
    assert compare(backwards, SCORES, GROUPS) == compare(SCORES, SCORES, GROUPS)


def test_values_that_are_no_shares_keep_their_unit():
    words = dict.fromkeys(GROUPS, 40.0)
    found = summarise(words, GROUPS, share=False)
    assert (found["mean"], found["low"], found["high"]) == (40.0, 40.0, 40.0)
    gap = compare(words, dict.fromkeys(GROUPS, 10.0), GROUPS, share=False)
    assert gap["mean"] == 30.0


def test_perplexity_counts_tokens_of_scored_rows():
    found = perplexity({"e0": [math.log(0.5)] * 3, "e1": [math.log(0.125)]}, GROUPS)
    assert found["value"] == pytest.approx(2 ** (6 / 4))
    assert (found["n_scored"], found["n_total"], found["n_tokens"]) == (2, 12, 4)
    by_hand = estimate([math.log(2)] * 3 + [math.log(8)], ["writer 0"] * 3 + ["writer 1"])
    assert found["low"] == pytest.approx(math.exp(by_hand.low))
