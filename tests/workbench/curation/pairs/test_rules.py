from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.pairs.rules import Pair, judge_near_inputs, judge_shared_answers

ANSWER = "The claim is out of time and no further step is advised."


def pairs(*rows):
    return [Pair(f"{n:04x}", *row) for n, row in enumerate(rows)]


def test_one_answer_to_unrelated_inputs_is_found_and_the_others_are_named():
    rows = pairs(
        ("the tenant asks about heating and rent", ANSWER),
        ("a driver was hit by a lorry at night", ANSWER.upper()),
        ("a driver was hit by a lorry at noon", ANSWER),
        ("a will without witnesses", "Another answer of more than eight words, for this one only."),
    )
    found = judge_shared_answers(rows)
    assert [(d.row_id, d.evidence["others"]) for d in found] == [
        ("0000", ["0001", "0002"]),
        ("0001", ["0000"]),
        ("0002", ["0000"]),
    ]
    assert {(d.rule, d.action, d.evidence["n_alike"]) for d in found} == {
        ("shared_answer", "flag", 3)
    }


def test_related_inputs_and_short_answers_may_share():
    rows = pairs(("a driver was hit by a lorry", ANSWER), ("a driver was hit by a lorry x", ANSWER))
    assert judge_shared_answers(rows) == []
    rows = pairs(("one thing", "Yes."), ("quite another", "Yes."))
    assert judge_shared_answers(rows) == []


def test_many_rows_with_one_answer_name_ten_others_each():
    rows = pairs(*((f"input{n} about{n}", ANSWER) for n in range(120)))
    found = judge_shared_answers(rows)
    assert len(found) == 120
    assert all(
        len(d.evidence["others"]) == 10 and d.row_id not in d.evidence["others"] for d in found
    )


@settings(deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order):
    rows = pairs(*((f"input{n // 2} about{n // 2}", ANSWER) for n in range(6)))
    assert judge_shared_answers([rows[n] for n in order]) == judge_shared_answers(rows)


def test_near_inputs_with_different_answers_are_found_on_both_sides():
    outputs = {
        "a": "The lease ends in May and the rent is due.",
        "b": "The lease ends in June and the rent is due.",
        "c": "No lease was signed at all.",
    }
    near = [("a", "b"), ("b", "c"), ("a", "gone")]
    found = judge_near_inputs(near, outputs)
    assert [(d.row_id, d.rule, d.evidence["others"]) for d in found] == [
        ("b", "near_input", ["c"]),
        ("c", "near_input", ["b"]),
    ]
    assert judge_near_inputs(near[::-1], outputs) == found
