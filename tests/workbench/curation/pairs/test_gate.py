from collections.abc import Mapping
from functools import partial

from workbench.curation.duplicates.exact import likeness
from workbench.curation.judging.judge import Verdict
from workbench.curation.judging.row_pass import ImportedRow, JudgedRow
from workbench.curation.leakage.report import LeakScale
from workbench.curation.leakage.rows import find_row_leaks
from workbench.curation.leakage.texts import LeakTexts
from workbench.curation.pairs.gate import ExampleGate, judge_pairs
from workbench.curation.recipe import Recipe
from workbench.curation.spool import SpoolWriter
from workbench.curation.survivors import Survivor
from workbench.store import Decision, Rulings

QUOTE = " ".join(f"unusual{chr(97 + n)}{chr(98 + n)}" for n in range(20))


def gate(tmp_path, rows: Mapping[str, tuple[str, str, str | None]], splits, decisions=()):
    """Return the gate of rows (input, output, rejected) by id, and the spool of their texts."""
    judged = [
        JudgedRow(
            ImportedRow(row, "s", "f.jsonl", "line 1", (), {}),
            Verdict(dict(zip(("input", "output", "rejected"), texts, strict=True)), b""),
        )
        for row, texts in sorted(rows.items())
    ]
    with SpoolWriter(tmp_path / "spool.parquet") as waiting:
        waiting.add(judged)
    survivors = [
        Survivor(likeness(row, *texts), (), texts[2] is not None, (None, None))
        for row, texts in sorted(rows.items())
    ]
    placed = {row: (splits[row], f"g{row}") for row in rows}
    dropped = {d.row_id for d in decisions if d.action == "drop"}
    return ExampleGate(
        frozenset(row for row, texts in rows.items() if texts[2] is not None),
        survivors,
        list(decisions),
        placed,
        {row: place for row, place in placed.items() if row not in dropped},
    ), tmp_path / "spool.parquet"


def judge(gated, spool, recipe, rulings, files=None):
    scale = LeakScale(recipe.leakage, rulings)
    search = partial(find_row_leaks, spool, files=files or LeakTexts(), scale=scale)
    return judge_pairs(gated, spool, recipe, rulings, search)


def repetition(row, keeper):
    return Decision(row, "duplicates", "exact", "drop", "Repeats.", {"keeper": keeper})


ROWS = {
    "a": ("A question", "The best", "A worse one"),
    "b": ("A question", "The best", "Another worse one"),
    "c": ("Another question", "Fine", None),
}
TRAIN = dict.fromkeys("abc", "train")


def test_a_repeated_example_keeps_its_pair_and_stands_for_its_prompt(tmp_path):
    gated, spool = gate(tmp_path, ROWS, TRAIN, [repetition("b", "a")])
    found = judge(gated, spool, Recipe(), Rulings())
    assert sorted(found.places) == ["a", "b"]
    assert {place.example_id for place in found.places.values()} == {"a"}
    assert [d.rule for d in found.decisions] == []


def test_what_drops_the_example_drops_the_pairs_of_its_repetitions(tmp_path):
    told = Decision("a", "quality", "length_ratio", "drop", "Too long.", {"ratio": 9})
    gated, spool = gate(tmp_path, ROWS, TRAIN, [repetition("b", "a"), told])
    found = judge(gated, spool, Recipe(), Rulings())
    assert found.places == {}
    assert [(d.row_id, d.rule) for d in found.decisions] == [
        ("a", "length_ratio"),
        ("b", "length_ratio"),
    ]
    undone = Rulings(by_row={"b": frozenset({"quality.length_ratio"})})
    assert list(judge(gated, spool, Recipe(), undone).places) == ["b"]


def test_a_pair_whose_example_went_stands_under_the_least_pair_of_its_prompt(tmp_path):
    clash = [
        Decision(row, "duplicates", "contradiction", "drop", "Two outputs.", {}) for row in "ab"
    ]
    rows = {**ROWS, "b": ("a  QUESTION", "Also good", "A worse one")}
    gated, spool = gate(tmp_path, rows, TRAIN, clash)
    found = judge(gated, spool, Recipe(), Rulings())
    assert {row: place.example_id for row, place in found.places.items()} == {"a": "a", "b": "a"}


def test_a_rejected_answer_that_quotes_a_test_row_is_flagged_or_dropped(tmp_path):
    rows = {
        "a": ("A question", "The best", f"Worse, since {QUOTE}."),
        "b": ("A second question", "Good", "Bad"),
        "c": (f"A question about {QUOTE}", "Fine", None),
    }
    gated, spool = gate(tmp_path, rows, {"a": "train", "b": "train", "c": "test"})
    found = judge(gated, spool, Recipe(), Rulings())
    assert {(d.row_id, d.stage, d.action) for d in found.decisions} == {("a", "leakage", "flag")}
    assert found.decisions[0].reason.startswith("Its rejected shares")
    dropping = Recipe(leakage={"spans": "drop"})
    assert list(judge(gated, spool, dropping, Rulings()).places) == ["b"]


def test_only_train_and_validation_pairs_are_kept(tmp_path):
    rows = {name: (f"Question {name}", f"Yes {name}", f"No {name}") for name in "abcd"}
    splits = dict(zip("abcd", ("train", "validation", "test", "feedback"), strict=True))
    gated, spool = gate(tmp_path, rows, splits)
    found = judge(gated, spool, Recipe(), Rulings(frozenset({"pairs.held_back"})))
    assert sorted(found.places) == ["a", "b"]
    assert [(d.row_id, d.rule, d.evidence["split"]) for d in found.decisions] == [
        ("c", "held_back", "test"),
        ("d", "held_back", "feedback"),
    ]


def test_without_rejected_answers_nothing_is_judged(tmp_path):
    gated, spool = gate(tmp_path, {"c": ROWS["c"]}, {"c": "train"})
    assert judge(gated, spool, Recipe(), Rulings()) is None


def test_a_pair_whose_input_stands_in_an_evaluation_file_is_no_training_pair(tmp_path):
    question = f"What is to be done about {QUOTE}?"
    rows = {"a": (question, "The best", "Worse"), "b": ("A second question", "Good", "Bad")}
    gated, spool = gate(tmp_path, rows, dict.fromkeys("ab", "train"))
    benchmark = LeakTexts()
    benchmark.add(question, of="benchmark.jsonl", row="line 1", part="input")
    found = judge(gated, spool, Recipe(), Rulings(), benchmark)
    assert list(found.places) == ["b"]
    assert ("a", "exact", "drop") in {(d.row_id, d.rule, d.action) for d in found.decisions}
    assert found.leaks.verdict == "clean"
    flagging = Recipe(leakage={"exact": "flag"})
    assert judge(gated, spool, flagging, Rulings(), benchmark).leaks.verdict == "leaking"
