from __future__ import annotations

from annotation.label_folder import Revision
from annotation.rankings import judge_ranking


def _ranking(user: str, **ranks: int) -> Revision:
    value = [{"value": side, "rank": rank} for side, rank in ranks.items()]
    return Revision(f"r-{user}", "t", "t", "x1", user, "submitted", {"ranking": value})


def _pairs(*rankings: Revision) -> list[tuple[str, str, bool, float]]:
    judged = judge_ranking(rankings)
    return [(pair.better, pair.worse, pair.decided, pair.agreement) for pair in judged]


def test_one_ranking_gives_a_pair_for_each_two_answers_but_for_ties() -> None:
    assert _pairs(_ranking("ann", a=2, b=1, c=2)) == [
        ("b", "a", True, 1.0),
        ("a", "c", False, 1.0),
        ("b", "c", True, 1.0),
    ]


def test_it_takes_more_than_half_of_all_rankings() -> None:
    three = [_ranking("ann", a=1, b=2), _ranking("ben", a=1, b=2), _ranking("cy", a=2, b=1)]
    assert _pairs(*three) == [("a", "b", True, 0.667)]
    assert _pairs(*three[1:]) == [("a", "b", False, 0.0)]
    assert _pairs(three[0], _ranking("dee", a=1, b=1)) == [("a", "b", False, 0.5)]


def test_people_set_aside_scripts() -> None:
    scripts = [_ranking(f"simulated-{n}", a=1, b=2) for n in range(3)]
    (pair,) = judge_ranking([*scripts, _ranking("ann", a=2, b=1)])
    assert (pair.better, pair.simulated, len(pair.raters)) == ("b", False, 1)
    assert judge_ranking(scripts)[0].simulated
