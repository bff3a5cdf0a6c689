import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.export_formats import EXPORT_FORMATS, json_row
from workbench.errors import DataError
from workbench.records import Example, PreferencePair

JSON_FORMATS = [name for name in EXPORT_FORMATS if name != "parquet"]
TEXTS = st.text(max_size=20)


def turns(*contents, system=None):
    names = ("user", "assistant")
    said = [{"role": names[n % 2], "content": text} for n, text in enumerate(contents)]
    return tuple([{"role": "system", "content": system}] if system is not None else []) + tuple(
        said
    )


def example(prompt, completion="C"):
    return Example("e1", "train", "g", "in", prompt, completion, "f.csv", "line 2")


def pair(prompt):
    return PreferencePair("p1", "e1", "train", prompt, "good", "bad", 1, ("r",), "study")


LONG = turns("a", "b", "c", system="s")


def test_trl_rows_keep_the_prompt_apart():
    assert json_row(example(turns("a")), "trl") == {
        "prompt": [{"role": "user", "content": "a"}],
        "completion": [{"role": "assistant", "content": "C"}],
    }
    assert json_row(pair(turns("a")), "trl") == {
        "prompt": [{"role": "user", "content": "a"}],
        "chosen": [{"role": "assistant", "content": "good"}],
        "rejected": [{"role": "assistant", "content": "bad"}],
    }


def test_openai_rows_give_earlier_answers_no_weight():
    assert json_row(example(LONG), "openai") == {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b", "weight": 0},
            {"role": "user", "content": "c"},
            {"role": "assistant", "content": "C"},
        ]
    }
    assert json_row(pair(turns("a")), "openai") == {
        "input": {"messages": [{"role": "user", "content": "a"}]},
        "preferred_output": [{"role": "assistant", "content": "good"}],
        "non_preferred_output": [{"role": "assistant", "content": "bad"}],
    }


def test_axolotl_rows_train_the_last_turn_alone():
    messages = json_row(example(LONG), "axolotl")["messages"]
    assert [turn["train"] for turn in messages] == [False, False, False, False, True]


def test_alpaca_rows_put_earlier_turns_into_the_history():
    assert json_row(example(LONG), "alpaca") == {
        "instruction": "c",
        "input": "",
        "system": "s",
        "history": [["a", "b"]],
        "output": "C",
    }
    assert json_row(pair(turns("a")), "alpaca") == {
        "instruction": "a",
        "input": "",
        "system": "",
        "history": [],
        "chosen": "good",
        "rejected": "bad",
    }


def test_sharegpt_rows_name_human_and_gpt():
    assert json_row(example(turns("a", system="s")), "sharegpt") == {
        "conversations": [
            {"from": "system", "value": "s"},
            {"from": "human", "value": "a"},
            {"from": "gpt", "value": "C"},
        ]
    }
    assert json_row(pair(turns("a")), "sharegpt")["rejected"] == {"from": "gpt", "value": "bad"}


def test_llama_factory_pairs_keep_answers_as_single_turns():
    assert json_row(pair(turns("a")), "llama-factory") == {
        "messages": [{"role": "user", "content": "a"}],
        "chosen": {"role": "assistant", "content": "good"},
        "rejected": {"role": "assistant", "content": "bad"},
    }


@pytest.mark.parametrize("file_format", ["alpaca", "sharegpt", "llama-factory"])
@pytest.mark.parametrize(
    "prompt",
    [
        (),
        turns(system="s"),
        turns("a", "b"),
        (*turns("a"), *turns("b")),
        (*turns("a", "b"), *turns("c", system="late")),
    ],
)
def test_turns_that_a_format_cannot_hold_are_refused_by_row_and_not_bent(prompt, file_format):
    with pytest.raises(DataError, match="Row e1 has the turns"):
        json_row(example(prompt), file_format)


@pytest.mark.parametrize("file_format", JSON_FORMATS)
@given(contents=st.lists(TEXTS, min_size=1, max_size=5).filter(lambda t: len(t) % 2), answer=TEXTS)
def test_no_text_is_lost_or_changed(file_format, contents, answer):
    row = json_row(example(turns(*contents, system="s"), answer), file_format)
    assert sorted(_leaves(row)) == sorted(["s", *contents, answer])


def _leaves(value, key=""):
    """Return every text of a row; roles and the empty `input` of Alpaca are no text."""
    if isinstance(value, dict):
        return [text for name, inner in value.items() for text in _leaves(inner, name)]
    if isinstance(value, list):
        return [text for inner in value for text in _leaves(inner, key)]
    return [value] if isinstance(value, str) and key not in ("role", "from", "input") else []
