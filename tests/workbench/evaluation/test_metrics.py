import math

import pytest

from workbench.evaluation.metrics import corpus_bleu, normalise, score_answer
from workbench.task import Criterion, Output, OutputField, Task

ANCHORS = {1: "a", 4: "b", 7: "c", 10: "d"}
FIELDS = tuple(OutputField(name=name, label=name.title()) for name in ("who", "what", "where"))
TASK = Task(
    name="intake",
    objective="Summarise.",
    output=Output(format="labelled_lines", fields=FIELDS),
    rubric=(Criterion(name="utility", question="Useful?", anchors=ANCHORS),),
)
REFERENCE = "Who: Anna Bell\nWhat: unpaid rent\nWhere: Ohio"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Anna  Bell.", "anna bell", True),
        ("STRASSE", "straße", True),
        ("Anna Bell", "Anna Bel", False),
        ("a;b", "a; b", False),
    ],
)
def test_values_are_compared_without_case_spacing_and_final_period(left, right, same):
    assert (normalise(left) == normalise(right)) is same


def test_field_accuracy_counts_the_fields_of_the_reference():
    scores = score_answer("Who: anna bell.\nWhat: a dog\nElse: 1", REFERENCE, TASK)
    assert scores.fields == {"who": 1.0, "what": 0.0, "where": 0.0}
    assert scores.field_accuracy == pytest.approx(1 / 3)
    assert scores.words == 8


def test_a_field_that_the_reference_lacks_is_not_counted():
    scores = score_answer("Who: Anna\nWhere: Ohio", "Who: Anna\nWhat: rent", TASK)
    assert scores.fields == {"who": 1.0, "what": 0.0}


def test_a_task_without_fields_has_no_field_accuracy():
    task = TASK.model_copy(update={"output": Output()})
    assert score_answer("a", "a", task).field_accuracy is None


def test_overlap_by_hand():
    # reference "the cat sat", answer "the cat": one of two bigrams, two of three words
    overlap = score_answer("the cat", "the cat sat", TASK).overlap
    assert overlap["rouge1"] == pytest.approx(2 * (1 * 2 / 3) / (1 + 2 / 3))
    assert overlap["rouge2"] == pytest.approx(2 * (1 * 1 / 2) / (1 + 1 / 2))
    assert overlap["rougeL"] == pytest.approx(0.8)


def test_rouge_l_follows_the_order_of_words_and_rouge_1_does_not():
    overlap = score_answer("sat cat the", "the cat sat", TASK).overlap
    assert overlap["rouge1"] == pytest.approx(1.0)
    assert overlap["rougeL"] == pytest.approx(1 / 3)


def test_bleu_by_hand():
    # every n-gram of the answer is in the reference; only the brevity penalty is left
    answer, reference = "a b c d e", "a b c d e f g"
    assert corpus_bleu([answer], [reference]) == pytest.approx(math.exp(1 - 7 / 5))
    assert corpus_bleu([reference], [reference]) == pytest.approx(1.0)
    assert score_answer(answer, reference, TASK).overlap["bleu"] == pytest.approx(math.exp(-0.4))


def test_an_empty_answer_scores_nothing():
    scores = score_answer("", REFERENCE, TASK)
    assert scores.field_accuracy == 0.0
    assert set(scores.overlap.values()) == {0.0}
    assert scores.words == 0
