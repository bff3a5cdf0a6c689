from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.pairs.doctor import diagnose
from workbench.curation.pairs.rows import PairRow
from workbench.curation.quality.rules import DoctorRules
from workbench.store import Rulings

RULES = DoctorRules()
ANSWERS = ("alpha one two", "beta three four five", "gamma six", "Alpha  ONE two", " ", "delta")


def prompt(text, role="user"):
    return ({"role": role, "content": text},)


def pair(pair_id, chosen, rejected, question="q", **more):
    return PairRow(pair_id, prompt(question), chosen, rejected, **more)


def dropped(rows, **more):
    return {
        found.row_id: found.rule
        for found in diagnose(rows, RULES, **more).decisions
        if found.action == "drop"
    }


PAIRS = st.lists(
    st.builds(
        pair,
        st.uuids().map(str),
        st.sampled_from(ANSWERS),
        st.sampled_from(ANSWERS),
        st.sampled_from(["q", "Q ", "other", ""]),
        strength=st.sampled_from([None, 0, 1, 2]),
        raters=st.lists(st.sampled_from(["ann", "bob"]), max_size=2, unique=True).map(tuple),
        rejected_prompt=st.sampled_from([None, prompt("q")]),
        chosen_position=st.sampled_from([None, "first", "second"]),
        chosen_origin=st.sampled_from(["", "sft", "base"]),
        rejected_origin=st.sampled_from(["", "sft", "base"]),
    ),
    max_size=20,
    unique_by=lambda row: row.pair_id,
)


@settings(deadline=None)
@given(PAIRS)
def test_what_is_kept_needs_no_further_drop(rows):
    first = diagnose(rows, RULES)
    again = diagnose([row for row in rows if row.pair_id in first.kept], RULES)
    assert again.kept == first.kept
    assert not any(found.action == "drop" for found in again.decisions)
    assert again.balance == first.balance


@settings(deadline=None)
@given(PAIRS, st.randoms())
def test_the_order_of_pairs_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert diagnose(shuffled, RULES) == diagnose(rows, RULES)


@settings(deadline=None)
@given(PAIRS)
def test_every_pair_is_either_kept_or_dropped_for_one_reason(rows):
    found = diagnose(rows, RULES)
    gone = [finding.row_id for finding in found.decisions if finding.action == "drop"]
    assert sorted([*gone, *found.kept]) == sorted(row.pair_id for row in rows)
    for measured in found.balance:
        assert 0 <= measured.evidence["low"] <= measured.evidence["high"] <= 1


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (pair("a", "Yes.", " "), "empty"),
        (pair("a", "", "No."), "empty"),
        (pair("a", "Yes.", "No.", question=" "), "empty"),
        (pair("a", "The  Tenant", "the tenant"), "identical"),
        (pair("a", "Yes.", "No.", strength=0), "tie"),
        (pair("a", "Yes.", "No.", rejected_prompt=prompt("r")), "prompt_mismatch"),
        (pair("a", "Yes.", "No.", rejected_prompt=prompt("q", "system")), "prompt_mismatch"),
    ],
)
def test_a_pair_that_is_broken_by_itself_goes(row, rule):
    assert dropped([row]) == {"a": rule}


def test_a_sound_pair_stays():
    row = pair("a", "Yes, it does.", "No.", strength=1, rejected_prompt=prompt(" Q"))
    assert diagnose([row], RULES).decisions == ()
    assert diagnose([row], RULES).kept == ("a",)


def test_a_repeated_pair_names_its_keeper():
    rows = [pair("b", "YES  it", "no"), pair("a", "yes it", "No"), pair("c", "yes it", "no", "r")]
    (found,) = diagnose(rows, RULES).decisions
    assert (found.row_id, found.rule, found.evidence) == ("b", "repeated", {"keeper": "a"})


def test_a_preference_and_its_opposite_both_go():
    rows = [pair("a", "yes", "no"), pair("b", "No", "Yes"), pair("c", "no", "yes", "other")]
    assert dropped(rows) == {"a": "contradiction", "b": "contradiction"}


def test_a_circle_of_three_goes_but_not_what_hangs_on_it():
    rows = [pair("a", "x", "y"), pair("b", "y", "z"), pair("c", "z", "x"), pair("d", "x", "w")]
    found = {one.row_id: one.evidence for one in diagnose(rows, RULES).decisions}
    assert found["a"] == {"n_pairs": 3, "others": ["b", "c"]}
    assert diagnose(rows, RULES).kept == ("d",)


def test_a_broken_pair_contradicts_nobody():
    rows = [pair("a", "yes", "no"), pair("b", "no", "yes", strength=0)]
    assert dropped(rows) == {"b": "tie"}


def test_sides_that_are_nearly_the_same_are_flagged():
    words = " ".join(f"w{n}" for n in range(30))
    (found,) = diagnose([pair("a", words, words + " end")], RULES).decisions
    assert (found.rule, found.action) == ("alike_sides", "flag")
    assert found.evidence == {"similarity": round(60 / 61, 3)}


def test_near_duplicates_are_flagged_with_their_keeper():
    one, other = (" ".join(f"{side}{n}" for n in range(30)) for side in "xy")
    rows = [
        pair("a", one, other),
        pair("b", one + " end", other),
        pair("c", one, other + " end", "another question"),
        pair("d", other, one + " end", "a third question"),
    ]
    flagged = {f.row_id: f.evidence["keeper"] for f in diagnose(rows, RULES).decisions}
    assert flagged == {"b": "a"}
    near = [("c", "a"), ("a", "d"), ("a", "gone")]
    flagged = {
        f.row_id: f.evidence["keeper"] for f in diagnose(rows, RULES, near_prompts=near).decisions
    }
    assert flagged == {"b": "a", "c": "a"}


def test_a_chosen_answer_without_its_fields_is_flagged():
    rows = [pair("a", "yes", "no"), pair("b", "yes", "no", "r")]
    (found,) = diagnose(rows, RULES, missing_in_chosen={"a": ("client",), "b": ()}).decisions
    assert (found.row_id, found.action, found.evidence) == ("a", "flag", {"missing": ["client"]})


def measured(rows, rule, rules=RULES):
    return [one for one in diagnose(rows, rules).balance if one.rule == rule]


def many(n, n_longer):
    return [
        pair(f"{i:03d}", f"long answer {i} indeed", f"short {i}", f"q{i}")
        if i < n_longer
        else pair(f"{i:03d}", f"short {i}", f"long answer {i} indeed", f"q{i}")
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("n", "n_longer", "flagged"), [(4, 4, False), (40, 40, True), (40, 0, True), (40, 22, False)]
)
def test_length_bias_is_flagged_only_when_the_interval_excludes_the_band(n, n_longer, flagged):
    (found,) = measured(many(n, n_longer), "length_bias")
    assert found.flagged == flagged
    assert (found.evidence["count"], found.evidence["n_pairs"]) == (n_longer, n)


def test_length_bias_has_the_interval_and_the_ratio_worked_by_hand():
    # Wilson for 8 of 10: 0.4902 to 0.9433; eight ratios of 5/3 and two of 3/5
    (found,) = measured(many(10, 8), "length_bias")
    assert (found.evidence["low"], found.evidence["high"]) == (0.4902, 0.9433)
    assert found.evidence["mean_log_length_ratio"] == pytest.approx(0.6 * 0.510826, abs=1e-4)


def test_pairs_of_equal_length_say_nothing_about_length():
    assert measured([pair("a", "one two", "three four")], "length_bias") == []


def test_position_origin_and_rater_are_measured():
    rows = [
        replace(
            row,
            chosen_position="first",
            chosen_origin="sft",
            rejected_origin="base",
            raters=("ann", "bob") if n % 4 == 0 else ("ann",),
        )
        for n, row in enumerate(many(60, 30))
    ]
    (position,) = measured(rows, "position")
    assert position.flagged and position.evidence["count"] == 60
    base, sft = measured(rows, "origin")
    assert (base.evidence["origin"], base.evidence["count"], base.flagged) == ("base", 0, False)
    assert (sft.evidence["origin"], sft.evidence["count"], sft.flagged) == ("sft", 60, True)
    (rater,) = measured(rows, "one_rater")
    assert (rater.evidence["rater"], rater.evidence["n_raters"], rater.flagged) == ("ann", 2, True)


def test_what_is_not_known_is_not_measured():
    assert [one.rule for one in diagnose(many(4, 2), RULES).balance] == ["length_bias"]
    assert diagnose([], RULES).balance == ()


@pytest.mark.parametrize(("n_longer", "n_drop", "n_left"), [(38, 35, 3), (40, 40, 0)])
def test_length_bias_can_be_mended_by_dropping_the_fewest_pairs(n_longer, n_drop, n_left):
    # of 40, 38 longer: (38 - n) / (40 - n) <= .65 needs n >= (38 - 26) / .35 = 34.29
    rules = DoctorRules(length_bias="drop")
    found = diagnose(many(40, n_longer), rules)
    gone = [d.row_id for d in found.decisions if d.rule == "length_bias"]
    assert (len(gone), len(found.kept) - (40 - n_longer)) == (n_drop, n_longer - n_drop)
    assert len([row for row in found.kept if int(row) < n_longer]) == n_left
    assert not any(one.flagged for one in found.balance)


def test_the_pairs_that_differ_most_in_length_are_named_first():
    rows = [pair(f"{n:02d}", "word " * (n + 2) + str(n), f"short {n}", f"q{n}") for n in range(30)]
    rows += [pair(f"x{n}", f"short {n}", f"a longer one {n}", f"r{n}") for n in range(10)]
    flagged = [d.row_id for d in diagnose(rows, RULES).decisions if d.rule == "length_bias"]
    # 30 of 40 are longer, 59.8 % at least: no bias is proven
    assert flagged == []
    tight = DoctorRules(max_longer_chosen=0.5)
    flagged = [d.row_id for d in diagnose(rows, tight).decisions if d.rule == "length_bias"]
    # (30 - n) / (40 - n) <= .5 needs n = 20: those with the most words
    assert flagged == [f"{n:02d}" for n in range(10, 30)]


def test_a_rule_does_what_the_recipe_asks_and_an_undone_one_nothing():
    rows = [pair("a", "yes", "no"), pair("b", "no", "yes"), pair("c", "x", "y", "r", strength=0)]
    assert dropped(rows) == {"a": "contradiction", "b": "contradiction", "c": "tie"}
    flagging = DoctorRules(contradiction="flag", tie="off")
    found = diagnose(rows, flagging)
    assert found.kept == ("a", "b", "c")
    assert [(d.row_id, d.action) for d in found.decisions] == [("a", "flag"), ("b", "flag")]
    undone = Rulings(by_row={"a": frozenset({"pairs.contradiction"})})
    found = diagnose(rows, RULES, rulings=undone)
    assert found.kept == ("a",)


def test_nothing_brings_back_a_pair_of_two_equal_answers():
    rows = [pair("a", "same", "same"), pair("b", "same", "Same", "r")]
    everywhere = Rulings(frozenset({"pairs.identical"}))
    assert diagnose(rows, RULES, rulings=everywhere).kept == ("b",)
    assert diagnose(rows, DoctorRules(identical="off")).kept == ("b",)


def test_a_near_duplicate_goes_only_for_a_pair_that_stays():
    words = [f"w{n}" for n in range(40)]
    # b differs from a in three words, c from b in three others: c is no near-duplicate of a
    texts = [
        " ".join(words),
        " ".join([*words[3:], "x", "y", "z"]),
        " ".join([*words[6:], "x", "y", "z", "p", "q", "r"]),
    ]
    rows = [pair(name, text, "no") for name, text in zip("abc", texts, strict=True)]
    found = diagnose(rows, DoctorRules(near_duplicate="drop"))
    assert found.kept == ("a", "c")
    assert [d.evidence["keeper"] for d in found.decisions] == ["a"]
