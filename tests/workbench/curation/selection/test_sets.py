from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.selection.sets import aim_at_file, aim_at_half, candidate, n_tokens
from workbench.records import Example


def example(number, group="g", output="An answer."):
    name = f"{number:016x}"
    return Example(name, "validation", group, f"input {number}", (), output, "f", "line 1")


@given(st.lists(st.integers(0, 8), min_size=2, max_size=30), st.integers(0, 5))
def test_no_group_is_both_aimed_at_and_measured_by(groups, seed):
    rows = [example(number, f"g{group}") for number, group in enumerate(groups)]
    aim = aim_at_half(rows, seed=seed)
    by_input = {row.input: row.group for row in rows}
    aimed = {by_input[text] for text in aim.targets}
    measured = {row.group for row in aim.held_out}
    assert not aimed & measured
    assert aimed | measured == set(by_input.values())
    assert 0 <= len(aimed) - len(measured) <= 1
    assert aim_at_half(rows[::-1], seed=seed) == aim


def test_given_targets_are_not_measured_by():
    aim = aim_at_file(["input 1", "other", "other"], [example(1), example(2)], seed=1)
    assert aim.targets == ("input 1", "other")
    assert [row.input for row in aim.held_out] == ["input 2"]


def test_rows_that_cannot_be_measured_are_left_out_and_the_others_are_bounded():
    rows = [example(0, output="--"), *(example(number) for number in range(1, 1500))]
    held_out = aim_at_file((), rows, seed=1).held_out
    assert len(held_out) == 1000
    assert "input 0" not in {row.input for row in held_out}


def test_four_bytes_are_a_token_and_every_row_costs_one():
    assert [n_tokens(text) for text in ("", "a", "abcd", "abcde", "日本")] == [0, 1, 1, 2, 2]
    assert candidate(Example("a", "train", "g", "", (), "", "f", "l")).n_tokens == 1
