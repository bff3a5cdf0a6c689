import re
from collections import Counter
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import pytest

from workbench.curation.judging.cache import open_row_cache
from workbench.curation.judging.row_pass import ImportedRow, RowPass
from workbench.curation.outcomes import Finding, Outcome
from workbench.curation.recipe import Recipe
from workbench.curation.stages.order import StageNeeds, row_stages
from workbench.curation.wording.changes import Change
from workbench.curation.wording.text_edits import TextEdit, with_edits
from workbench.curation.wording.word_counts import count_words
from workbench.store import Rulings, SourceCipher
from workbench.task import Task

TASK = Task.model_validate(
    {
        "name": "notes",
        "objective": "Summarise.",
        "rubric": [{"name": "use", "question": "?", "anchors": {1: "a", 4: "b", 7: "c", 10: "d"}}],
    }
)
CIPHERS = {"s1": SourceCipher(bytes(32), "s1")}


def replaced(texts, old, new):
    places = re.finditer(re.escape(old), texts["input"])
    changes = tuple(Change(place.start(), old, new) for place in places)
    edits = (TextEdit("word", "input", changes),)
    found = (Finding("word", "edit", "A word was replaced.", {"n": 1}),)
    return Outcome(with_edits(texts, edits), found, edits)


class Replace:
    """Replaces one word; counts the rows that it really saw."""

    def __init__(self, name, old, new):
        self.name, self.old, self.new = name, old, new
        self.settings = {"old": old, "new": new}
        self.seen = Counter()

    def judge(self, rows, muted):
        return [self._one(texts, rules) for texts, rules in zip(rows, muted, strict=True)]

    def _one(self, texts, muted):
        self.seen[texts["input"]] += 1
        if self.old not in texts["input"] or "word" in muted:
            return Outcome(texts)
        return replaced(texts, self.old, self.new)


class DropLong:
    name = "length"
    settings = MappingProxyType({})

    def judge(self, rows, muted):
        return [
            Outcome(
                texts, (Finding("max", "drop", "Too long."),) if len(texts["input"]) > 9 else ()
            )
            for texts in rows
        ]


def rows(*texts):
    return [
        ImportedRow(f"{n:04}", "s1", "a.csv", f"line {n}", (), {"input": text, "output": "o"})
        for n, text in enumerate(texts)
    ]


@pytest.fixture
def judge(tmp_path):
    def run(stages, given, rulings=None):
        with open_row_cache(tmp_path / "cache" / "rows.sqlite") as cache:
            row_pass = RowPass(lambda: stages, rulings or Rulings(), cache, CIPHERS)
            [judged] = row_pass.judge(given, n_rows=len(given))
        return [
            (row.texts["input"], [d.rule for d in row.decisions], row.verdict.is_dropped)
            for row in judged
        ]

    return run


def test_each_stage_sees_what_the_one_before_left_and_none_sees_a_dropped_row(judge):
    late = Replace("late", "B", "C")
    found = judge([Replace("early", "A", "B"), DropLong(), late], rows("A", "B" * 10, "x"))
    assert found == [("C", ["word", "word"], False), ("B" * 10, ["max"], True), ("x", [], False)]
    assert late.seen == {"B": 1, "x": 1}


def test_what_is_known_is_not_judged_again_and_is_the_same(judge):
    first = judge([Replace("a", "A", "B"), DropLong()], given := rows("A", "x" * 10, "y"))
    again = Replace("a", "A", "B")
    assert judge([again, DropLong()], given) == first
    assert not again.seen


def test_what_is_known_of_a_row_has_the_same_edits(tmp_path):
    found = []
    for _ in range(2):
        with open_row_cache(tmp_path / "rows.sqlite") as cache:
            stages = [Replace("a", "A", "B"), Replace("b", "B", "")]
            [judged] = RowPass(lambda given=stages: given, Rulings(), cache, CIPHERS).judge(
                rows("xA", "y"), n_rows=2
            )
        found.append([row.edits for row in judged])
    change = [["a", [["word", "input", 1, [[1, "A", "B"]]]]]]
    change += [["b", [["word", "input", 1, [[1, "B", ""]]]]]]
    assert found == [[change, []], [change, []]]


def test_a_new_row_alone_is_judged(judge):
    judge([Replace("a", "A", "B")], rows("A", "A2"))
    stage = Replace("a", "A", "B")
    judge([stage], rows("A", "A2", "A3"))
    assert stage.seen == {"A3": 1}


def test_a_changed_setting_runs_its_own_stage_and_later_ones_where_the_text_changed(judge):
    judge([Replace("a", "A", "B"), Replace("z", "Q", "R")], given := rows("A", "y"))
    early, late = Replace("a", "A", "BB"), Replace("z", "Q", "R")
    judge([early, late], given)
    assert (early.seen, late.seen) == ({"A": 1, "y": 1}, {"BB": 1})
    early, late = Replace("a", "A", "BB"), Replace("z", "Q", "S")
    judge([early, late], given)
    assert (early.seen, late.seen) == ({}, {"BB": 1, "y": 1})


class Mask:
    """Masks the names that a row gives; counts the rows that it really saw."""

    name = "mask"
    settings = MappingProxyType({})

    def __init__(self):
        self.seen = Counter()

    def judge(self, rows, muted):
        raise AssertionError("it is asked with names")

    def judge_named(self, rows, muted, names):
        self.seen.update(texts["input"] for texts in rows)
        return [
            replaced(texts, said[0], "X") if said else Outcome(texts)
            for texts, said in zip(rows, names, strict=True)
        ]


def test_names_reach_the_stages_that_want_them_and_new_ones_alone_ask_again(judge):
    given = [replace(rows("Roe", "Doe")[0], names=("Roe",)), rows("Roe", "Doe")[1]]
    late = Replace("late", "Q", "R")
    assert [row[0] for row in judge([Mask(), late], given)] == ["X", "Doe"]
    again = Mask()
    assert [row[0] for row in judge([again, late], given)] == ["X", "Doe"]
    assert not again.seen
    given[1] = replace(given[1], names=("Doe",))
    assert [row[0] for row in judge([again, late], given)] == ["X", "X"]
    assert again.seen == {"Doe": 1}
    assert late.seen == {"X": 2, "Doe": 1}


def test_an_undone_rule_is_not_applied_to_its_row_and_to_no_other(judge):
    given = rows("A", "A ")
    judge([Replace("a", "A", "B")], given)
    rulings = Rulings(by_row={"0001": frozenset({"a.word", "b.word"})})
    assert [row[0] for row in judge([Replace("a", "A", "B")], given, rulings)] == ["B", "A "]
    everywhere = Rulings(everywhere=frozenset({"a.word"}))
    assert [row[0] for row in judge([Replace("a", "A", "B")], given, everywhere)] == ["A", "A "]


def test_nothing_of_a_text_stands_in_the_cache_in_clear(judge, tmp_path):
    judge([Replace("a", "A", "canary")], rows("A", "also canary"))
    for path in (tmp_path / "cache").iterdir():
        assert b"canary" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_rows_that_went_are_forgotten(judge, tmp_path):
    judge([Replace("a", "A", "B")], rows("A", "y", "z"))
    judge([Replace("a", "A", "B")], rows("A", "y"))
    with open_row_cache(tmp_path / "cache" / "rows.sqlite") as cache:
        assert len(cache) == 2
        assert cache.find(["0000", "0009"]).keys() == {"0000", "0001"}


def test_a_damaged_cache_is_begun_anew(judge, tmp_path):
    first = judge([Replace("a", "A", "B")], given := rows("A"))
    (tmp_path / "cache" / "rows.sqlite").write_bytes(b"not a database" * 400)
    assert judge([Replace("a", "A", "B")], given) == first


def test_several_processes_give_what_one_gives(tmp_path, monkeypatch):
    given = rows(*(f"Note {n}.   Mail  a{n}@example.com" for n in range(4500)))
    build = partial(row_stages, Recipe(), StageNeeds(TASK, bytes(32), count_words([])))
    found = []
    for worth in (10**9, 1000):
        monkeypatch.setattr("workbench.curation.judging.workers._ROWS_WORTH_A_PROCESS", worth)
        monkeypatch.setattr("os.cpu_count", lambda: 2)
        with open_row_cache(tmp_path / str(worth) / "rows.sqlite") as cache:
            row_pass = RowPass(build, Rulings(), cache, CIPHERS)
            found.append(
                [
                    (row.row.example_id, dict(row.texts), row.decisions, row.edits)
                    for batch in row_pass.judge(given, n_rows=len(given))
                    for row in batch
                ]
            )
    assert found[0] == found[1]
    assert [row[0] for row in found[0]] == [row.example_id for row in given]


class FlagRare:
    """Flags texts with a word that the corpus does not have; counts the rows that it saw."""

    name = "rare"
    settings = MappingProxyType({})

    def __init__(self, *common):
        self.common, self.seen = common, Counter()

    def judge(self, rows, muted):
        self.seen.update(texts["input"] for texts in rows)
        return [self._one(texts["input"].split(), texts) for texts in rows]

    def standing(self, words):
        return repr([word in self.common for word in words]).encode()

    def _one(self, words, texts):
        rare = any(word not in self.common for word in words)
        found = (Finding("word", "flag", "A word is rare."),) if rare else ()
        return Outcome(texts, found, words=tuple(words))


def test_rows_are_judged_again_whose_words_stand_otherwise_in_the_corpus(judge):
    given = rows("a b", "b", "c")
    assert [rules for _, rules, _ in judge([FlagRare("b")], given)] == [["word"], [], ["word"]]
    later = FlagRare("a", "b")
    assert [rules for _, rules, _ in judge([later], given)] == [[], [], ["word"]]
    assert later.seen == {"a b": 1}
    again = FlagRare("b", "a")
    judge([again], given)
    assert not again.seen
