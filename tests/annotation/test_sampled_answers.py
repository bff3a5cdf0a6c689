from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.sampled_answers import assign_order, pair_id, sampled_answers, seeded_order
from workbench.errors import DataError, NotFoundError


def _write(folder: Path, rows: list[dict[str, Any]], **description: str) -> Path:
    folder.mkdir(parents=True)
    about = {"arm": "sft", "model": "sft-1", "version": "v1", "split": "train", "sampling": {}}
    about |= {"created_at": "2026-01-01T00:00:00+00:00", **description}
    (folder / "set.json").write_text(json.dumps(about))
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def _row(example: str, sample: int, text: str) -> dict[str, Any]:
    prompt = [{"role": "user", "content": example}]
    return {
        "example_id": example,
        "split": "train",
        "sample": sample,
        "prompt": prompt,
        "text": text,
    }


def _answers(folder: Path, count: int) -> Path:
    rows = [_row(f"e{n}", s, f"text {n} {s}") for n in range(count) for s in (0, 1)]
    return _write(folder, rows)


def test_equal_and_single_answers_are_counted_not_paired(tmp_path: Path) -> None:
    rows = [_row("a", 0, "x"), _row("a", 1, "y"), _row("b", 0, "x"), _row("b", 1, "x ")]
    rows += [_row("c", 0, "x"), _row("a", 2, "z")]
    answers = sampled_answers(_write(tmp_path / "s1", rows))
    assert [(each.example_id, each.texts) for each in answers.prompts] == [("a", ("x", "y"))]
    assert (answers.n_identical, answers.n_single) == (1, 1)


def test_order_is_balanced_seeded_and_stays(tmp_path: Path) -> None:
    pairs = sampled_answers(_answers(tmp_path / "s1", 101)).prompts
    first = assign_order(pairs[:40], {}, seed=7)
    assert sum(item.sample_a for item in first.values()) == 20
    assert assign_order(pairs[:40], {}, seed=7) == first
    assert assign_order(pairs[:40], {}, seed=8) != first
    assert assign_order(pairs, assign_order(pairs[:10], {}, seed=7), seed=7) == assign_order(
        pairs, {}, seed=7
    )  # whoever pushes few first, or from another home, lays them out alike
    grown = assign_order(pairs, first, seed=7)
    assert {pair: grown[pair] for pair in first} == first
    assert abs(sum(item.sample_a for item in grown.values()) - 50.5) < 1
    assert all(item.sample_a + item.sample_b == 1 for item in grown.values())


def test_a_larger_draw_begins_like_a_smaller_one() -> None:
    ids = {f"e{n}": n for n in range(50)}
    assert seeded_order(ids, seed=1)[:10] == seeded_order(dict(reversed(ids.items())), seed=1)[:10]
    assert seeded_order(ids, seed=1) != seeded_order(ids, seed=2)


def test_what_is_no_set_of_answers_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nope"):
        sampled_answers(tmp_path / "nope")
    broken = _write(tmp_path / "s1", [{"example_id": "a"}])
    with pytest.raises(DataError, match="broken answers"):
        sampled_answers(broken)
    with pytest.raises(DataError, match="broken answers"):
        sampled_answers(_write(tmp_path / "s2", [_row("a", 0, "x")], unknown="key"))


def test_each_sample_of_a_ranking_stands_equally_often_in_each_place(tmp_path: Path) -> None:
    rows = [_row(f"e{n:02}", s, f"text {n} {s}") for n in range(12) for s in range(4)]
    answers = sampled_answers(_write(tmp_path / "s1", rows), n_answers=4)
    orders = [each.samples for each in assign_order(answers.prompts, {}, seed=7).values()]
    assert len(orders) == 12
    for place in range(4):
        assert sorted(order[place] for order in orders) == sorted([0, 1, 2, 3] * 3)
    twice = [*rows[:3], {**rows[3], "text": "text 0 0 "}, *rows[4:7]]
    fewer = sampled_answers(_write(tmp_path / "s2", twice), n_answers=4)
    assert (fewer.prompts, fewer.n_identical, fewer.n_single) == ((), 1, 1)


def test_two_samples_have_one_id_whichever_is_better() -> None:
    assert pair_id("r", 0, 2) == pair_id("r", 2, 0) != pair_id("r", 0, 1)
