from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.quality.repetition import COPY_RUN, copies, repeated_line_share, run_shares
from workbench.curation.word_hashes import hash_words

TEXTS = st.lists(st.text("abc  ", max_size=60), min_size=1, max_size=4)


def runs_of(text, length):
    words = text.split()
    return words, [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]


def plain_top(text, length):
    words, runs = runs_of(text, length)
    if not runs:
        return 0.0
    counts = Counter(runs)
    most = max(counts.values())
    if most < 2:
        return 0.0
    top = next(run for run in runs if counts[run] == most)
    covered = {i + step for i, run in enumerate(runs) if run == top for step in range(length)}
    return len(covered) / len(words)


def plain_repeated(text, length):
    words, runs = runs_of(text, length)
    again = [i for i, run in enumerate(runs) if run in runs[:i]]
    covered = {i + step for i in again for step in range(length)}
    return len(covered) / len(words) if words else 0.0


def plain_copied(text, source):
    _, runs = runs_of(text, COPY_RUN)
    held = [run in set(runs_of(source, COPY_RUN)[1]) for run in runs]
    row = most = 0
    for one in held:
        row = row + 1 if one else 0
        most = max(most, row)
    return sum(held) / len(held) if held else 0.0, most + COPY_RUN - 1 if most else 0


@settings(deadline=None)  # the first call compiles the kernels
@given(TEXTS, st.integers(1, 5))
def test_run_shares_are_what_a_plain_count_gives(texts, length):
    found = run_shares(hash_words(texts), length)
    assert found.top.tolist() == pytest.approx([plain_top(text, length) for text in texts])
    assert found.repeated.tolist() == pytest.approx(
        [plain_repeated(text, length) for text in texts]
    )


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_copies_are_what_a_plain_search_gives(texts, sources):
    n = min(len(texts), len(sources))
    found = copies(hash_words(texts[:n]), hash_words(sources[:n]))
    expected = [plain_copied(*both) for both in zip(texts, sources, strict=False)]
    assert found.share.tolist() == pytest.approx([share for share, _ in expected])
    assert found.longest.tolist() == [longest for _, longest in expected]


def test_a_loop_of_words_is_all_repetition():
    found = run_shares(hash_words(["no pain " * 10, "one two three four"]), 2)
    assert found.top.tolist() == [1.0, 0.0]
    assert found.repeated.tolist() == [0.9, 0.0]


def test_lines_are_compared_without_their_indent_and_empty_lines_do_not_count():
    assert repeated_line_share("a\n\n  a\nb\n\n\n a\n") == 0.5
    assert repeated_line_share("\n \n") == 0.0
