import statistics
from dataclasses import replace

import numpy as np
import pytest

from workbench.curation.selection.choice import Candidate, Pool
from workbench.curation.selection.report import HeldOut, SelectionReport

TENANCY = ("tenant", "landlord", "rent", "heating", "lease", "repair", "notice", "flat")
TRAFFIC = ("driver", "lorry", "brake", "road", "speed", "insurance", "light", "wheel")


def text(subject, n, length):
    return " ".join(np.random.default_rng([n, length]).choice(subject, length))


def candidates(n=240):
    rows = []
    for i in range(n):
        subject = TENANCY if i % 6 == 0 else TRAFFIC
        length = 12 + i % 5
        rows.append(
            Candidate(f"{i:03d}", text(subject, i, 12), text(subject, i + 3, length), 12 + length)
        )
    return rows


HELD_OUT = [
    HeldOut(f"{text(TENANCY, i, 9)} x{i}", text(TENANCY, i + 5, 14), f"g{i}") for i in range(40)
]
TARGETS = [text(TENANCY, i, 10) for i in range(8)]
REPORT = SelectionReport(Pool(candidates()), HELD_OUT)


def compared(method):
    return REPORT.compare(method, budget_tokens=600, targets=TARGETS)


def test_choosing_by_task_beats_chance_where_few_rows_are_of_the_task():
    found = compared("similarity")
    assert found.verdict == "beats random, also at equal lengths"
    assert found.against_random.rows.high < 0


@pytest.mark.parametrize("seed", [1, 20, 300])
def test_chance_does_not_beat_chance(seed):
    found = REPORT.compare("random", budget_tokens=600, seed=seed)
    assert found.verdict.startswith("does not beat random")


def test_a_choice_of_other_rows_is_worse_than_chance():
    pool = [replace(row, score=float(row.output.split()[0] in TRAFFIC)) for row in candidates()]
    found = SelectionReport(Pool(pool), HELD_OUT).compare("score", budget_tokens=600)
    assert found.verdict.startswith("is worse than random")


def test_every_arm_is_measured_alike_at_the_same_budget():
    found = compared("diversity")
    controls = [f"{name}_{n}" for name in ("random", "length_matched") for n in range(1, 6)]
    assert [arm.name for arm in found.arms] == ["selected", "random", "length_matched"]
    assert [arm.name for arm in found.draws] == controls
    for arm in (*found.arms, *found.draws):
        assert 570 <= arm.n_tokens <= 600
        assert arm.coverage.low <= arm.coverage.mean <= arm.coverage.high <= 1
        assert 0 <= arm.diversity <= 2
        assert arm.loss.n == len(HELD_OUT)
    draws = [arm.loss.mean for arm in found.draws[:5]]
    assert found.arms[1].loss.mean == pytest.approx(statistics.mean(draws))
    gap = found.against_random
    assert gap.rows.mean == pytest.approx(found.arms[0].loss.mean - statistics.mean(draws))
    # the 95 % prediction interval of a sixth draw: t with 4 degrees of freedom is 2.776
    assert gap.chance == pytest.approx(2.776 * statistics.stdev(draws) * 1.2**0.5, rel=1e-3)


def test_the_diversity_is_the_mean_over_all_pairs():
    seen = compared("random")
    arm = seen.draws[0]
    pool = Pool(candidates())
    budget = seen.selection.n_tokens
    found = SelectionReport(pool, HELD_OUT).compare("random", budget_tokens=budget, seed=2)
    vectors = pool.vectors[list(found.selection.places)].astype(float)
    pairs = [1 - one @ other for i, one in enumerate(vectors) for other in vectors[:i]]
    # the first random control of seed 1 is drawn with seed 2
    assert arm.diversity == pytest.approx(sum(pairs) / len(pairs))
    assert found.arms[0].diversity == arm.diversity


def test_what_is_held_out_stays_out():
    with pytest.raises(ValueError, match="held out to measure it by"):
        REPORT.compare("similarity", budget_tokens=600, targets=[HELD_OUT[0].input])
    with pytest.raises(ValueError, match="a candidate is held out"):
        row = candidates()[0]
        SelectionReport(Pool(candidates()), [HeldOut(row.input, row.output, "g")])


def test_nothing_to_measure_by_is_refused():
    pool = Pool(candidates())
    with pytest.raises(ValueError, match="nothing is held out"):
        SelectionReport(pool, [])
    with pytest.raises(ValueError, match="has no word"):
        SelectionReport(pool, [HeldOut("question", "--", "g")])
    with pytest.raises(ValueError, match="buys no example"):
        REPORT.compare("random", budget_tokens=3)


def test_a_bound_of_rows_bounds_the_tokens_of_the_controls():
    found = REPORT.compare("length", budget_tokens=10_000, most_rows=20)
    assert found.arms[0].n_rows == 20
    assert all(arm.n_tokens <= found.selection.n_tokens for arm in found.draws)
    # the longest rows are longer than rows drawn by chance, so that chance buys more of them
    assert found.arms[1].n_rows > 20
