from dataclasses import replace

import pytest

from workbench.errors import NotFoundError
from workbench.manifest import publish_folder
from workbench.records import Example, PreferencePair
from workbench.version_rows import read_examples, read_pairs, write_examples, write_pairs

EXAMPLE = Example(
    example_id="00000000000000aa",
    split="train",
    group="g1",
    input="Ünï {braces}",
    prompt=({"role": "system", "content": "s"}, {"role": "user", "content": "u\n\nx"}),
    completion="done",
    source="notes.csv",
    locator="line 2",
    simulated=True,
)
PAIR = PreferencePair(
    pair_id="p1",
    example_id=EXAMPLE.example_id,
    split="feedback",
    prompt=EXAMPLE.prompt,
    chosen="a",
    rejected="b",
    strength=2,
    raters=("r1", "r2"),
    origin="study",
)


def _content(kind, columns, rows):
    return {
        "kind": kind,
        "created_at": "2026-01-01T00:00:00+00:00",
        "counts": {},
        "columns": columns,
        "parents": [],
        "recipe": {},
        "task_digest": "",
        "code_version": "0",
    }


def _publish(tmp_path, kind, write, rows):
    file = tmp_path / "rows.parquet"
    columns = write(file, rows)
    return publish_folder(
        tmp_path / "versions", {f"{kind}.parquet": file}, _content(kind, columns, rows)
    )


def test_examples_come_back_equal_and_sorted_and_filtered(tmp_path):
    later = replace(EXAMPLE, example_id="00000000000000bb", split="test")
    version = _publish(tmp_path, "examples", write_examples, [later, EXAMPLE])
    assert read_examples(version) == [EXAMPLE, later]
    assert read_examples(version, "test") == [later]


def test_pairs_come_back_equal(tmp_path):
    version = _publish(tmp_path, "pairs", write_pairs, [PAIR])
    assert read_pairs(version) == [PAIR]
    assert read_pairs(version, "train") == []


def test_the_same_rows_in_any_order_are_the_same_version(tmp_path):
    rows = [replace(EXAMPLE, example_id=f"{n:016x}") for n in range(50)]
    one = _publish(tmp_path, "examples", write_examples, rows)
    other = _publish(tmp_path, "examples", write_examples, rows[::-1])
    assert one.manifest.digest == other.manifest.digest


def test_wrong_kind_and_unknown_split_are_named(tmp_path):
    version = _publish(tmp_path, "pairs", write_pairs, [PAIR])
    with pytest.raises(NotFoundError, match="holds pairs, not examples"):
        read_examples(version)
    with pytest.raises(NotFoundError, match="no split 'tets'"):
        read_pairs(version, "tets")
