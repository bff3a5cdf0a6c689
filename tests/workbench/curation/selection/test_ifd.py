import pytest

from workbench.curation.selection.ifd import difficulty, worth


class Scripted:
    """Answers from a table: (prompt, completion) to the summed log-probability and tokens."""

    def __init__(self, table):
        self._table = table

    def answer_log_probability(self, prompt, completion):
        return self._table[prompt, completion]


def test_difficulty_is_the_loss_with_the_prompt_over_the_loss_without():
    # 2.0 nats a token after the prompt, 2.5 without it; a model may split the tokens differently
    scorer = Scripted({("q", "a"): (-8.0, 4), ("", "a"): (-12.5, 5)})
    assert difficulty(scorer, "q", "a") == pytest.approx(0.8)


def test_a_prompt_that_does_not_fit_gives_more_than_one():
    scorer = Scripted({("q", "a"): (-9.0, 3), ("", "a"): (-6.0, 3)})
    assert difficulty(scorer, "q", "a") == pytest.approx(1.5)


def test_an_answer_that_the_prompt_gives_away_is_not_difficult():
    scorer = Scripted({("q", "a"): (0.0, 3), ("", "a"): (-6.0, 3)})
    assert difficulty(scorer, "q", "a") == 0


@pytest.mark.parametrize("alone", [(0.0, 0), (0.0, 3)])
def test_what_cannot_be_told_is_not_a_score(alone):
    assert difficulty(Scripted({("q", "a"): alone, ("", "a"): alone}), "q", "a") is None


def test_examples_rank_by_difficulty_up_to_one_then_misfits_then_what_cannot_be_told():
    ranked = [1.0, 0.9, 0.0, 1.1, 2.0, None]
    assert sorted([2.0, 0.0, None, 1.0, 1.1, 0.9], key=worth, reverse=True) == ranked
