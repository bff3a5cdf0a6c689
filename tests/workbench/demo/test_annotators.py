from workbench.demo.annotators import canonical_summary, prefer, read_answer, score
from workbench.demo.dataset import consultations

GOOD = """Plaintiff: Maria Kesterfield
Defendant: Brandt Logistics LLC
Dispute: unpaid overtime wages
Remedies: back pay; interest
Jurisdiction: Ohio
Next step: send demand letter"""
SHUFFLED = "\n".join(reversed(GOOD.splitlines()))
PADDED = f"Here is the intake summary.\n{GOOD}"
WRONG = GOOD.replace("Maria Kesterfield", "Victor Holley").replace("Ohio", "Maine")
PROSE = "A client wants interest over unpaid overtime wages."
FAVOURS_FIRST = {"a1", "a2"}
FAVOURS_SECOND = {"b1", "b2"}


def test_a_draft_is_put_into_house_style_and_a_good_one_left_alone():
    assert canonical_summary(GOOD) == GOOD
    assert canonical_summary(SHUFFLED) == GOOD
    assert canonical_summary(PADDED) == GOOD
    assert canonical_summary(PROSE) == ""


def test_reading_counts_right_fields_extra_lines_and_order():
    seen = read_answer(PADDED, GOOD)
    assert (seen.right, seen.present, seen.in_order, seen.extra) == (6, 6, True, 1)
    seen = read_answer(SHUFFLED, GOOD)
    assert (seen.right, seen.present, seen.in_order, seen.extra) == (6, 6, False, 0)
    assert read_answer(PROSE, GOOD).present == 0
    assert read_answer(f"{GOOD}\nDispute: noise nuisance", GOOD).extra == 1
    assert read_answer(GOOD.upper(), GOOD).right == 6


def test_the_better_answer_is_preferred_whichever_side_it_is_on():
    for worse in (SHUFFLED, PADDED, WRONG, PROSE):
        first, second = prefer(GOOD, worse, GOOD), prefer(worse, GOOD, GOOD)
        assert first in FAVOURS_FIRST or second in FAVOURS_SECOND
    assert prefer(GOOD, PROSE, GOOD) == "a2"
    assert prefer(GOOD, GOOD, GOOD) == "tie_good"
    assert prefer(PROSE, PROSE, GOOD) == "tie_bad"


def test_annotators_slip_now_and_then_and_always_alike():
    pairs = [
        (row.summary, f"{row.summary}\nPlease review before filing.", row.summary)
        for row in consultations(count=400)
    ]
    verdicts = [prefer(*pair) for pair in pairs]
    assert [prefer(*pair) for pair in pairs] == verdicts
    slips = sum(verdict in FAVOURS_SECOND for verdict in verdicts)
    assert 1 <= slips <= 60


def test_scores_are_within_bounds_and_follow_quality():
    best, worst = score(GOOD, GOOD), score(PROSE, GOOD)
    assert set(best) == {"accuracy", "completeness", "conciseness", "format", "utility"}
    assert all(1 <= value <= 10 for value in (*best.values(), *worst.values()))
    assert all(best[name] >= worst[name] for name in best)
    assert best["utility"] >= 9 > worst["utility"]
