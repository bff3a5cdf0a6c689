import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.quality.heuristics import QualityBatch, judge_quality
from workbench.curation.quality.rules import QualityRules
from workbench.curation.quality.whole_set import QualitySet

RULES = QualityRules()
NOTE = (
    "The client rents a flat and the landlord has not repaired the heating since May. She wrote to "
    "him twice and he did not answer. She wants to know whether she may pay less rent."
)
GERMAN = (
    "Die Mandantin hat eine Wohnung und der Vermieter hat die Heizung nicht repariert. Sie will "
    "wissen, ob sie weniger Miete zahlen kann, und hat ihm schon mit einer Frist geschrieben."
)
GOOD = "Heating broken since May; two letters unanswered; asks about a rent reduction."
BAD = {
    "repetition": "The heating is broken. " * 12,
    "copied": NOTE,
    "cut_off": "Heating broken since May (two letters",
    "refusal": "I'm sorry, but I cannot help with legal matters.",
    "placeholder": "Client: [insert name]. Heating broken since May.",
    "language": GERMAN,
    "symbols": "12/05: 300.00; 13/05: 250.00; 14/05: 99.50 (-3 %)",
    "debris": "CafÃ© rent &amp; heating since May.",
}


def batch(pairs):
    ids = [f"{n:04x}" for n in range(len(pairs))]
    return QualityBatch(ids, [one for one, _ in pairs], [other for _, other in pairs])


def rules_seen(decisions):
    return [decision.rule for decision in decisions]


def test_a_good_row_has_no_finding():
    assert judge_quality(batch([(NOTE, GOOD)]), RULES) == []


@pytest.mark.parametrize("rule", BAD)
def test_each_rule_finds_its_fault_and_only_that(rule):
    (decision,) = judge_quality(batch([(NOTE, BAD[rule])]), RULES)
    assert (decision.rule, decision.stage, decision.row_id) == (rule, "quality", "0000")
    assert decision.action == ("drop" if rule == "refusal" else "flag")


@pytest.mark.parametrize("rule", BAD)
def test_each_rule_can_be_switched_off(rule):
    off = QualityRules.model_validate({rule: "off"})
    assert judge_quality(batch([(NOTE, BAD[rule])]), off) == []


def test_evidence_holds_numbers_and_no_text():
    (decision,) = judge_quality(batch([(NOTE, NOTE)]), RULES)
    n_words = len(NOTE.split())
    assert decision.evidence == {
        "copied_share": 1.0,
        "longest_words": n_words,
        "run_words": 5,
    }


def test_one_repetition_in_a_short_answer_is_not_repetition():
    answer = "Denies chest pain. Denies chest pressure. Denies fever, chills and cough."
    assert judge_quality(batch([(NOTE, answer)]), RULES) == []


@settings(deadline=None)
@given(st.permutations(list(BAD)))
def test_a_row_is_judged_alike_in_any_company(order):
    together = judge_quality(batch([(NOTE, BAD[rule]) for rule in order]), RULES)
    assert rules_seen(together) == order


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=5))
def test_any_text_can_be_judged(pairs):
    for decision in judge_quality(batch(pairs), RULES):
        assert decision.reason.endswith(".")


def words(n, first="w"):
    return " ".join(f"{first}{i}" for i in range(n))


def judged(pairs, n_batches=1, rules=RULES):
    found = QualitySet()
    whole = batch(pairs)
    for part in range(n_batches):
        found.add(
            QualityBatch(
                whole.ids[part::n_batches],
                whole.inputs[part::n_batches],
                whole.outputs[part::n_batches],
            )
        )
    return found.judge(rules)


def test_an_output_of_unusual_length_for_its_input_is_found():
    pairs = [(words(100), words(20 + n % 5, f"o{n}x")) for n in range(40)]
    (decision,) = judged([*pairs, (words(100), words(90))])
    assert (decision.row_id, decision.rule) == (f"{40:04x}", "length_ratio")
    assert decision.evidence["ratio"] == pytest.approx(91 / 101, abs=1e-3)
    assert decision.evidence["median_ratio"] == pytest.approx(23 / 101, abs=1e-3)


def test_openings_and_endings_are_counted_and_whole_short_answers_are_not():
    opening = "Thank you for this question "
    pairs = [(words(50), opening + words(10, f"o{n}x")) for n in range(21)]
    pairs += [(words(50), words(10, f"p{n}x")) for n in range(20)]
    pairs += [(words(50), "no new findings were seen")] * 30
    found = [d for d in judged(pairs) if d.rule != "length_ratio"]
    assert [d.row_id for d in found] == [f"{n:04x}" for n in range(21)]
    assert {d.rule for d in found} == {"shared_opening"}
    assert found[0].evidence == {"n_sharing": 21, "n_rows": 71}
    assert judged(pairs[1:41]) == []  # twenty are too few to tell


@settings(deadline=None)
@given(st.integers(1, 7))
def test_the_verdict_on_the_set_does_not_depend_on_the_batches(n_batches):
    ending = " please ask if anything is unclear"
    pairs = [(words(100), words(20 + n % 5, f"o{n}x") + ending) for n in range(40)]
    pairs.append((words(100), words(90)))
    assert judged(pairs, n_batches) == judged(pairs)
    assert "shared_ending" in rules_seen(judged(pairs))


def test_an_empty_set_has_no_findings():
    assert QualitySet().judge(RULES) == []
