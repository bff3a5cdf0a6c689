import dataclasses
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.leakage.report import (
    Leak,
    LeakScale,
    leaks_by_train_row,
    strongest_by_pair,
)
from workbench.curation.leakage.search import find_leaks
from workbench.curation.leakage.text_pairs import TextPairs
from workbench.curation.leakage.texts import LeakTexts, split_texts
from workbench.curation.recipe import LeakageRules
from workbench.records import Example
from workbench.store import Rulings


def words(seed, count=20):
    return " ".join(f"w{n}" for n in np.random.default_rng(seed).integers(3000, size=count))


def texts(rows, *, of="train"):
    """Make texts from `(row, input, output)`."""
    made = LeakTexts()
    for row, input_text, output_text in rows:
        made.add_row(of=of, row=row, input_text=input_text, output_text=output_text)
    return made


def findings(report, tier):
    return [
        (leak.train_row, leak.train_part, leak.evaluation_row, leak.evaluation_part)
        for leak in report.leaks
        if leak.tier == tier
    ]


def test_an_equal_input_is_certain_in_any_length_case_and_spacing():
    train = texts([("a", "Hi  THERE", words(1)), ("b", words(2), words(3))])
    report = find_leaks(train, texts([("t", "hi there", words(4))], of="test"))
    assert findings(report, "exact") == [("a", "input", "t", "input")]
    assert report.verdict == "leaking"
    (summary,) = report.sets
    assert (summary.evaluation_set, summary.n_rows, summary.n_leaking) == ("test", 1, 1)
    assert summary.by_tier == {"exact": 1, "span": 0, "near": 0}


def test_an_evaluation_answer_within_a_training_answer_is_told_as_such():
    answer = words(4)
    train = texts([("a", words(1), f"{words(5)} {answer} {words(6)}")])
    report = find_leaks(train, texts([("t", words(7), answer)], of="test"))
    assert report.leaks == (Leak("a", "test", "t", "span", "output", "output", 1.0, 20, 20),)
    assert report.verdict == "suspect"
    assert report.sets[0].raw_spans == report.sets[0].specific_spans == {8: 1, 13: 1}


def test_equal_short_answers_are_no_leak():
    train = texts([("a", words(1), "No acute distress was seen today")])
    report = find_leaks(train, texts([("t", words(2), "no acute distress was seen today")]))
    assert report.leaks == ()
    assert report.verdict == "clean"


def test_an_answer_that_many_rows_give_is_no_leak_but_counts_raw():
    usual = words(9)
    train = texts([(f"a{n}", words(100 + n), usual) for n in range(12)])
    found = find_leaks(train, texts([("t", words(2), usual)], of="test"))
    assert findings(found, "exact") == []
    assert found.sets[0].raw_spans == {8: 1, 13: 1}
    assert found.sets[0].specific_spans == {8: 0, 13: 0}


def test_a_reworded_text_is_near_and_shares_the_span_that_was_left():
    original = words(1, 60).split()
    reworded = [*original[:50], "changed", *original[51:]]
    report = find_leaks(
        texts([("a", " ".join(reworded), words(2))]),
        texts([("t", " ".join(original), words(3))], of="test"),
    )
    near, span = sorted(report.leaks, key=lambda leak: leak.tier)
    # three of 58 shingles of three words hold the changed one: 55 common, 61 in all
    assert (near.tier, near.score) == ("near", round(55 / 61, 4))
    assert (span.tier, span.span_words, span.score) == ("span", 50, round(50 / 60, 4))


def test_rows_too_short_to_look_for_are_counted():
    evaluation = LeakTexts()
    evaluation.add("all of the above", of="quiz.csv", row="line 1", part="text")
    evaluation.add(words(1), of="quiz.csv", row="line 2", part="text")
    (summary,) = find_leaks(texts([("a", words(1), "x")]), evaluation).sets
    assert (summary.n_rows, summary.n_too_short, summary.n_leaking) == (2, 1, 1)


def test_a_question_of_a_file_that_is_a_training_input_is_certain_and_an_answer_is_not():
    evaluation = LeakTexts()
    evaluation.add(words(1), of="quiz.csv", row="line 1", part="text")
    evaluation.add(words(2), of="quiz.csv", row="line 1", part="output")
    asked = find_leaks(texts([("a", words(1), words(3))]), evaluation)
    answered = find_leaks(texts([("a", words(3), words(2))]), evaluation)
    assert (asked.verdict, answered.verdict) == ("leaking", "suspect")


def test_a_finder_of_meaning_adds_its_tier_and_sees_no_short_text():
    seen = []

    def alike(first, second):
        seen.append((list(first), list(second)))
        return TextPairs(np.array([0]), np.array([0]), np.array([0.91234]))

    train = texts([("a", words(1), words(2))])
    evaluation = texts([("t", "short", words(3))], of="test")
    report = find_leaks(train, evaluation, semantic=alike)
    assert seen == [([words(1), words(2)], [words(3)])]
    assert report.leaks == (Leak("a", "test", "t", "semantic", "input", "output", 0.9123),)
    assert report.sets[0].by_tier["semantic"] == 1


def test_training_rows_are_listed_with_the_strongest_finding_first():
    original = words(1, 40)
    train = texts([("a", original, words(2)), ("b", " ".join(original.split()[:9]), words(3))])
    report = find_leaks(train, texts([("t", original, words(4))], of="test"))
    listed = leaks_by_train_row(report)
    assert [leak.tier for leak in listed["a"]] == ["exact", "span", "near"]
    assert [leak.span_words for leak in listed["b"]] == [9]
    assert list(leaks_by_train_row(report, tiers=["near"])) == ["a"]


def test_a_run_shorter_than_the_recipe_asks_for_counts_neither_in_the_verdict_nor_in_the_list():
    shared = " ".join(words(1, 40).split()[:9])
    train = texts([("a", f"{words(2)} {shared} {words(3)}", words(4))])
    evaluation = texts([("t", words(1, 40), words(5))], of="test")

    def found(**rules):
        scale = LeakScale(LeakageRules(**rules), Rulings())
        report = find_leaks(train, evaluation, scale=scale)
        return report.verdict, len(report.leaks), report.sets[0].n_leaking

    assert found() == ("clean", 0, 0)
    assert found(min_words=10) == ("clean", 0, 0)
    assert found(min_words=9) == ("suspect", 1, 1)
    assert found(min_words=9, spans="off") == ("clean", 0, 0)
    default = find_leaks(train, evaluation, scale=LeakScale(LeakageRules(), Rulings()))
    assert (default.sets[0].by_tier["span"], default.sets[0].specific_spans) == (0, {8: 1, 13: 0})


def test_what_a_person_undid_for_a_row_does_not_count():
    train = texts([("a", words(1), words(2)), ("b", words(3), words(4))])
    evaluation = LeakTexts()
    evaluation.add(words(1), of="quiz.csv", row="line 1", part="text")

    def verdict(*undone):
        rulings = Rulings(by_row={"a": frozenset(undone)})
        return find_leaks(train, evaluation, scale=LeakScale(LeakageRules(), rulings)).verdict

    assert verdict() == "leaking"
    assert verdict("leakage.exact") == "suspect"
    assert verdict("leakage.exact", "leakage.span", "leakage.near") == "clean"


def test_an_equal_answer_counts_as_a_near_one_does():
    train = texts([("a", words(1), words(2))])
    evaluation = texts([("t", words(3), words(2))], of="test")

    def tiers(near):
        scale = LeakScale(LeakageRules(near=near, spans="off"), Rulings())
        return [leak.tier for leak in find_leaks(train, evaluation, scale=scale).leaks]

    assert tiers("flag") == ["exact", "near"]
    assert tiers("off") == []


def test_two_rows_have_one_line_with_the_strongest_tier():
    train = texts([("a", words(1), words(2)), ("b", words(1, 30), words(3))])
    report = find_leaks(train, texts([("t", words(1), words(2))], of="test"))
    assert len(report.leaks) > 2
    listed = [(leak.train_row, leak.tier) for leak in strongest_by_pair(report.leaks)]
    assert listed == [("a", "exact"), ("b", "span")]


@settings(deadline=None, max_examples=30)  # the first call compiles the kernels
@given(st.integers(0, 1000), st.randoms())
def test_the_order_of_rows_does_not_matter(seed, shuffler):
    source = random.Random(seed)  # noqa: S311
    parts = [words(n, 9) for n in range(6)]
    rows = [
        (f"r{n}", " ".join(source.choices(parts, k=2)), " ".join(source.choices(parts, k=2)))
        for n in range(8)
    ]
    report = find_leaks(texts(rows[:5]), texts(rows[5:], of="test"))
    train, evaluation = rows[:5], rows[5:]
    shuffler.shuffle(train)
    shuffler.shuffle(evaluation)
    assert find_leaks(texts(train), texts(evaluation, of="test")) == report


def test_examples_are_searched_without_their_prompt_template():
    example = Example("e1", "train", "g", "the note", (), "the summary", "f.csv", "line 2")
    others = [
        dataclasses.replace(example, example_id=f"e-{split}", split=split)
        for split in ("validation", "test", "feedback")
    ]
    train, evaluation = split_texts([example, *others])
    assert (train.rows, train.texts) == (["e1", "e1"], ["the note", "the summary"])
    assert evaluation.sets == ["validation"] * 2 + ["test"] * 2 + ["feedback"] * 2


def test_the_manifest_holds_counts_and_neither_rows_nor_text():
    train = texts([("train-row", words(1), words(2))])
    report = find_leaks(train, texts([("test-row", words(1), words(3))], of="test"))
    stored = json.loads(json.dumps(report.manifest()))
    assert stored["verdict"] == "leaking"
    assert stored["n_leaking_train_rows"] == 1
    assert stored["sets"][0]["specific_spans"] == {"8": 1, "13": 1}
    assert not any(hidden in json.dumps(stored) for hidden in ("-row", words(1).split()[0]))


@pytest.mark.parametrize("side", ["train", "evaluation"])
def test_nothing_to_compare_gives_nothing(side):
    some, none = texts([("a", words(1), words(2))]), LeakTexts()
    report = find_leaks(none, some) if side == "train" else find_leaks(some, none)
    assert report.leaks == ()
    assert report.verdict == "clean"
