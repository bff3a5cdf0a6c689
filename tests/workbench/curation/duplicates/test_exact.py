from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.duplicates.exact import judge_duplicates, likeness
from workbench.curation.recipe import DuplicateRules

RULES = DuplicateRules()
PAIRS = st.lists(st.tuples(st.sampled_from("aAb c"), st.sampled_from("xXyz")), max_size=20)


def rows(pairs):
    return [likeness(f"{n:016x}", one, two) for n, (one, two) in enumerate(pairs)]


def test_the_keeper_is_named_and_the_same_in_any_order():
    found = rows([("Note", "Sum"), ("note ", "SUM"), ("other", "sum")])
    for order in (found, found[::-1]):
        (decision,) = judge_duplicates(order, RULES)
        assert (decision.row_id, decision.rule, decision.action) == (f"{1:016x}", "exact", "drop")
        assert decision.evidence == {"keeper": f"{0:016x}"}


def test_equal_inputs_with_different_outputs_all_go():
    found = judge_duplicates(rows([("n", "yes"), ("N", "no"), ("n", "yes"), ("m", "no")]), RULES)
    assert [(d.row_id[-1], d.rule) for d in found] == [
        ("0", "contradiction"),
        ("1", "contradiction"),
        ("2", "exact"),
    ]
    assert found[0].evidence == {"n_outputs": 2, "others": [f"{1:016x}"]}


def test_contradictions_can_be_flagged_or_ignored():
    pairs = rows([("n", "yes"), ("n", "no")])
    assert [d.action for d in judge_duplicates(pairs, DuplicateRules(contradictions="flag"))] == [
        "flag",
        "flag",
    ]
    assert judge_duplicates(pairs, DuplicateRules(contradictions="off")) == []


@given(PAIRS)
def test_deduplicating_twice_is_deduplicating_once(pairs):
    found = rows(pairs)
    gone = {d.row_id for d in judge_duplicates(found, RULES)}
    left = [row for row in found if row.example_id not in gone]
    assert judge_duplicates(left, RULES) == []


@given(PAIRS)
def test_every_dropped_duplicate_has_an_equal_keeper(pairs):
    found = {row.example_id: row for row in rows(pairs)}
    for decision in judge_duplicates(found.values(), DuplicateRules(contradictions="off")):
        keeper = found[decision.evidence["keeper"]]
        gone = found[decision.row_id]
        assert (keeper.input_key, keeper.output_key) == (gone.input_key, gone.output_key)


def test_pairs_of_one_ranked_list_share_an_example_and_contradict_nobody():
    found = judge_duplicates(
        [likeness("a", "n", "best", "bad"), likeness("b", "n", "Best", "worse")], RULES
    )
    assert [(d.row_id, d.rule) for d in found] == [("b", "exact")]


def test_an_output_that_another_row_rejects_is_outranked_and_contradicts_nobody():
    rows = [likeness("a", "n", "best", "good"), likeness("b", "n", "Good"), likeness("c", "m", "x")]
    (decision,) = judge_duplicates(rows, RULES)
    assert (decision.row_id, decision.rule, decision.action) == ("b", "outranked", "drop")
    assert decision.evidence == {"preferred_in": "a"}
    flagging = DuplicateRules(contradictions="flag")
    assert [d.action for d in judge_duplicates(rows, flagging)] == ["flag"]
    assert judge_duplicates(rows, DuplicateRules(contradictions="off")) == []


def test_outputs_that_reject_each_other_both_go_and_one_that_rejects_itself_stays():
    circle = [likeness("a", "n", "x", "y"), likeness("b", "n", "y", "x")]
    assert [(d.row_id, d.rule) for d in judge_duplicates(circle, RULES)] == [
        ("a", "outranked"),
        ("b", "outranked"),
    ]
    itself = [likeness("a", "n", "x", "X"), likeness("b", "n", "x", "y")]
    assert [d.rule for d in judge_duplicates(itself, RULES)] == ["exact"]


RANKED = st.lists(
    st.tuples(
        st.sampled_from("aA"), st.sampled_from("wxXyz"), st.sampled_from(["w", "x", "y", None])
    ),
    max_size=12,
)


@given(RANKED)
def test_deduplicating_pairs_twice_is_deduplicating_them_once(pairs):
    found = [likeness(f"{n:016x}", *texts) for n, texts in enumerate(pairs)]
    decisions = judge_duplicates(found, RULES)
    assert judge_duplicates(found[::-1], RULES) == decisions
    gone = {d.row_id for d in decisions}
    left = [row for row in found if row.example_id not in gone]
    assert judge_duplicates(left, RULES) == []
    assert len({row.input_key for row in left}) == len(left)
