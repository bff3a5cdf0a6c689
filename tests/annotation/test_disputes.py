from __future__ import annotations

import random
from typing import Any

import pytest

from annotation.disputes import compare_answers, second_reader_records
from annotation.label_folder import Revision


def _answer(
    record: str, user: str, seconds: int, *, status: str = "submitted", **values: object
) -> Revision:
    at = f"2026-01-02T09:00:{seconds:02}.000001"
    return Revision(f"{record}-{user}", at, at, record, user, status, values)


def _ranking(order: str) -> list[dict[str, Any]]:
    """Return a ranking from as in `ab c`: a and b tie, c is below."""
    return [
        {"value": side, "rank": rank}
        for rank, tied in enumerate(order.split(), start=1)
        for side in tied
    ]


def test_disputes_are_ordered_by_how_far_answers_are_apart() -> None:
    given = [
        _answer("near", "ada", 0, choice="a_better"),
        _answer("near", "ben", 0, choice="a_much_better"),
        _answer("far", "ada", 0, choice="a_much_better"),
        _answer("far", "ben", 0, choice="b_much_better"),
        _answer("far", "cid", 0, choice="b_much_better"),
        _answer("same", "ada", 0, choice="both_usable"),
        _answer("same", "ben", 0, choice="both_usable"),
        _answer("draft", "ada", 0, status="draft", choice="a_better"),
        _answer("draft", "ben", 0, choice="b_better"),
        _answer("near", "simulated-x", 0, choice="b_much_better"),
    ]
    expected = compare_answers(given).disputed
    assert [item.external_id for item in expected] == ["far", "near"]
    # of three pairs two are 4 of 4 apart; of one pair it is 1 of 4
    assert [item.dispute for item in expected] == [pytest.approx(2 / 3), 0.25]
    assert expected[0].said == {"choice": {"a_much_better": 1, "b_much_better": 2}}
    for seed in range(5):
        random.Random(seed).shuffle(given)  # noqa: S311 - order alone
        assert compare_answers(given).disputed == expected


def test_ratings_and_verdicts_count_alike_in_a_dispute() -> None:
    given = [
        _answer("a", "ada", 0, verdict="keep", rate_form=10),
        _answer("a", "ben", 0, verdict="drop", rate_form=1),
        _answer("b", "ada", 0, verdict="keep", rate_form=10),
        _answer("b", "ben", 0, verdict="keep", rate_form=1),
    ]
    found = compare_answers(given).disputed
    assert [(item.external_id, item.dispute) for item in found] == [("a", 1.0), ("b", 0.5)]


def test_accepting_and_rejecting_a_finding_is_a_dispute() -> None:
    given = [
        answer
        for record in "abcdef"
        for answer in (
            _answer(record, "clara", 0, ruling="accept"),
            _answer(record, "bert", 1, ruling="reject", marks_text=[]),
        )
    ]
    found = compare_answers(given)
    assert found.n_compared == 6
    assert [(item.external_id, item.dispute) for item in found.disputed] == [
        (record, 1.0) for record in "abcdef"
    ]
    assert found.disputed[0].said == {"ruling": {"accept": 1, "reject": 1}}
    assert found.not_compared == ()  # nobody marked anything


def test_only_corrections_of_those_who_correct_are_compared() -> None:
    given = [
        _answer("a", "ada", 0, ruling="correct", correction="abc"),
        _answer("a", "ben", 1, ruling="correct", correction="abd"),
        _answer("a", "cid", 2, ruling="accept", correction="something else"),
        _answer("b", "ada", 0, ruling="accept", correction="abc"),
        _answer("b", "ben", 1, ruling="accept", correction="the proposal as it stood"),
    ]
    found = compare_answers(given)
    (item,) = found.disputed
    # rulings: 2 of 3 pairs differ; corrections: of the one pair 11/18 is unlike
    assert item.dispute == pytest.approx((2 / 3 + 11 / 18) / 2)
    assert item.said == {
        "correction": {"text 1": 1, "text 2": 1},
        "ruling": {"accept": 1, "correct": 2},
    }
    (likeness,) = found.likeness
    assert (likeness.question, likeness.found.n, likeness.found.n_equal) == ("correction", 1, 0)


@pytest.mark.parametrize(
    ("one", "other", "dispute"),
    [
        ("a b c", "c b a", 1),
        ("a b c", "a c b", 1 / 3),
        ("a b c", "ab c", 1 / 6),  # a tie is half as far as the opposite order
        ("a b c", "abc", 1 / 2),
    ],
)
def test_rankings_differ_by_the_order_of_each_two_answers(
    one: str, other: str, dispute: float
) -> None:
    given = [
        _answer("r", "ada", 0, ranking=_ranking(one)),
        _answer("r", "ben", 1, ranking=_ranking(other)[::-1]),
    ]
    (found,) = compare_answers(given).disputed
    assert found.dispute == pytest.approx(dispute)
    written = " > ".join(" = ".join(tied) for tied in other.split())
    assert found.said == {"ranking": {"a > b > c": 1, written: 1}}
    same = [
        _answer("r", "ada", 0, ranking=_ranking(one)),
        _answer("r", "ben", 1, ranking=_ranking(one)[::-1]),
    ]
    compared = compare_answers(same)
    assert (compared.n_compared, compared.disputed) == (1, ())


def test_edited_answers_differ_by_their_likeness_where_both_keep_the_row() -> None:
    given = [
        _answer("a", "ada", 0, verdict="keep", answer="abc"),
        _answer("a", "ben", 1, verdict="keep", answer="abd"),
        _answer("b", "ada", 0, verdict="keep", answer="abc"),
        _answer("b", "ben", 1, verdict="drop", answer="xyz"),
        _answer("c", "ada", 0, verdict="keep", answer="abc de"),
        _answer("c", "ben", 1, verdict="keep", answer=" abc  de\n"),
        _answer("d", "ada", 0, verdict="keep", answer="alone"),
    ]
    found = compare_answers(given)
    assert found.n_compared == 3
    assert [(item.external_id, item.dispute) for item in found.disputed] == [
        ("b", 1.0),  # of the verdict alone
        ("a", pytest.approx(11 / 36)),  # half of 11/18: the verdicts are the same
    ]
    assert found.disputed[1].said == {"answer": {"text 1": 1, "text 2": 1}}
    (likeness,) = found.likeness
    assert likeness.found.value == pytest.approx((7 / 18 + 1) / 2)
    assert (likeness.found.n_equal, likeness.found.n) == (1, 2)
    assert compare_answers(given[::-1]) == found


def test_what_is_not_compared_is_named_and_one_answer_compares_nothing() -> None:
    given = [
        _answer("a", "ada", 0, verdict="drop", answer="x", problems=["wrong"], comment=""),
        _answer("b", "ben", 0, verdict="drop", answer="y", marks_draft=[{"start": 0}]),
    ]
    found = compare_answers(given)
    assert (found.n_compared, found.disputed) == (0, ())
    assert found.not_compared == ("marks_draft", "problems")
    assert [(each.question, each.found.value) for each in found.likeness] == [("answer", None)]


def test_a_second_reader_is_asked_for_by_one_answer_also_where_nobody_differs() -> None:
    given = [
        _answer("c", "ada", 0, verdict="second_reader"),
        _answer("a", "ada", 1, verdict="second_reader"),
        _answer("a", "ben", 2, verdict="keep"),
        _answer("b", "ada", 3, verdict="keep"),
        _answer("d", "ada", 4, status="draft", verdict="second_reader"),
        _answer("b", "simulated-x", 5, verdict="second_reader"),
    ]
    assert second_reader_records(given) == ["a", "c"]
    assert second_reader_records(given[::-1]) == ["a", "c"]
    assert second_reader_records(given[3:4]) == []


def test_texts_that_change_places_between_the_same_words_differ() -> None:
    # every run of up to six letters stands in both
    given = [
        _answer("a", "ada", 0, answer="oooooo ONE oooooo TWO oooooo"),
        _answer("a", "ben", 1, answer="oooooo TWO oooooo ONE oooooo"),
    ]
    (found,) = compare_answers(given).disputed
    assert found.dispute == 0.01
