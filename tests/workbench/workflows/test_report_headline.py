import pytest

from workbench.workflows.report_headline import headline
from workbench.workflows.votes import summarise


def evaluation(low, mean, high, groups=20, total=140):
    arms = {
        "sft": {"metrics": {"style": {"mean": 0.7}}, "cut_short": 0, "unanswered": []},
        "dpo": {"metrics": {"style": {"mean": 0.7 + mean}}, "cut_short": 0, "unanswered": []},
    }
    gap = {"metric": "style", "of": "dpo", "over": "sft"}
    gap |= {"n_scored": 140, "n_total": total}
    gap |= {"low": low, "mean": mean, "high": high}
    return {"split": "test", "arms": arms, "groups": groups, "differences": [gap]}


@pytest.mark.parametrize(
    ("low", "mean", "high", "words"),
    [
        (0.05, 0.1, 0.15, "better by 10.0 points (95 % interval +5.0 to +15.0 points)"),
        (-0.15, -0.1, -0.05, "worse by 10.0 points (95 % interval −15.0 to −5.0 points)"),
        (-0.01, 0.0, 0.01, "no difference that matters"),
        (-0.1, 0.0, 0.1, "too few to tell"),
        (0.0, 0.1, 0.2, "too few to tell"),
    ],
)
def test_a_sentence_claims_what_the_interval_shows(low, mean, high, words):
    [first, *_] = headline(evaluation(low, mean, high), [], summarise((), ()))
    assert words in first


@pytest.mark.parametrize(("total", "words"), [(140, "on 140 held"), (150, "on 140 of 150 held")])
def test_a_sentence_says_how_many_prompts_were_scored(total, words):
    [first, *_] = headline(evaluation(0.1, 0.2, 0.3, total=total), [], summarise((), ()))
    assert words in first


def test_few_groups_are_said():
    sentences = headline(evaluation(0.1, 0.2, 0.3, groups=6), [], summarise((), ()))
    assert any("only 6 groups" in sentence for sentence in sentences)


def test_nothing_measured_is_said():
    assert headline(None, [], summarise((), ())) == [
        "No model was evaluated yet.",
        "Nobody voted yet.",
    ]


@pytest.mark.parametrize(("low", "high", "unsure"), [(0.55, 0.8, False), (0.45, 0.8, True)])
def test_a_preference_is_claimed_only_beyond_even(low, high, unsure):
    row = {
        "first": "sft",
        "second": "dpo",
        "split": "feedback",
        "votes": 50,
        "simulated": True,
        "study": "study-1",
        "preferred": {"mean": 0.65, "low": low, "high": high, "n": 40},
    }
    sentence = headline(None, [row], summarise((), ()))[1]
    assert "50 simulated blind votes on feedback prompts (study-1)" in sentence
    assert ("too few to tell" in sentence) is unsure
