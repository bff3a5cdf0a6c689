import statistics

import pytest

from workbench.errors import NotFoundError
from workbench.records import SPLITS, Example
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.distributions import distributions
from workbench.workflows.publish import publish_examples


def example(number, text, *, source="a.csv", split="train"):
    name = f"{number:016x}"
    turn = {"role": "user", "content": text}
    return Example(name, split, name, text, (turn,), "An answer.", source, f"line {number}")


def test_every_row_is_counted_once_and_the_numbers_are_those_of_the_texts(home):
    shape = distributions(home, "latest")
    examples = read_examples(resolve_version(home, "latest"))
    assert shape.splits == {
        split: n for split in SPLITS if (n := sum(e.split == split for e in examples))
    }
    inputs = next(text for text in shape.lengths if text.text == "input")
    for lengths in inputs.splits:
        words = [len(e.input.split()) for e in examples if e.split == lengths.split]
        assert lengths.n_rows == sum(lengths.bins) == len(words)
        assert lengths.median == statistics.median(words)
        assert lengths.longest == max(words)
        first = sum(n < inputs.bin_words for n in words)
        assert lengths.bins[0] == first
    assert sum(row.n_rows for row in shape.sources) == len(examples)


def test_one_long_row_does_not_squeeze_the_others_into_one_bin(home):
    texts = [" ".join(["word"] * (1 + n % 50)) for n in range(200)]
    rows = [example(n, f"{n} {text}") for n, text in enumerate(texts)]
    rows.append(example(999, "word " * 10_000))
    version = publish_examples(home, rows, parents=[], recipe={}).manifest.digest
    inputs = distributions(home, version).lengths[0]
    (train,) = inputs.splits
    assert inputs.bin_words == 2  # 99 % have at most 51 words: 30 bins of 2 hold them
    assert sum(bool(n) for n in train.bins) > 20
    assert train.longest == 10_000
    assert train.bins[-1] >= 1


def test_beyond_a_dozen_files_the_smallest_are_summed_up(home):
    rows = [
        example(100 * file + n, f"Note {file} {n}", source=f"{file:02}.csv")
        for file in range(15)
        for n in range(15 - file)
    ]
    version = publish_examples(home, rows, parents=[], recipe={}).manifest.digest
    sources = distributions(home, version).sources
    assert [row.source for row in sources[:2]] == ["00.csv", "01.csv"]
    assert (len(sources), sources[-1].source) == (12, "4 others")
    assert sources[-1].n_rows == 4 + 3 + 2 + 1
    assert sum(row.n_rows for row in sources) == len(rows)


def test_a_version_that_is_not_there_is_refused(home):
    with pytest.raises(NotFoundError):
        distributions(home, "ffff")
