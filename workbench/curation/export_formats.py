"""Rows in the formats that other trainers read: one JSON object a row.

Of a prompt with earlier answers in it, only the last answer is to be learned. OpenAI's `weight` and
Axolotl's `train` say so in the row; for the others it is an option of the trainer, which the card
names.

Sources: TRL's dataset formats; LLaMA-Factory's data/README.md; Axolotl's chat_template strategies
for SFT and DPO; OpenAI's formats for supervised and preference fine-tuning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from workbench.errors import DataError
from workbench.records import Example, Message, PreferencePair

ExportFormat = Literal["parquet", "trl", "llama-factory", "axolotl", "openai", "alpaca", "sharegpt"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)

Row = Example | PreferencePair
_Json = dict[str, Any]

_SHAREGPT_NAMES = {"system": "system", "user": "human", "assistant": "gpt"}


def json_row(row: Row, file_format: ExportFormat) -> _Json:
    """Return a row as a JSON-ready object of a format other than Parquet.

    Raises:
        DataError: The format cannot hold the row's turns: Alpaca, ShareGPT and LLaMA-Factory know
            only a system turn at the start, then user and assistant in turn, the user last.
    """
    return _SHAPES[file_format](row)


def _trl(row: Row) -> _Json:
    """Conversational prompt and completion, of which TRL trains the completion alone."""
    prompt = _plain(row.prompt)
    if isinstance(row, Example):
        return {"prompt": prompt, "completion": [_answer(row.completion)]}
    return {
        "prompt": prompt,
        "chosen": [_answer(row.chosen)],
        "rejected": [_answer(row.rejected)],
    }


def _llama_factory(row: Row) -> _Json:
    prompt = _plain(_alternating(row))
    if isinstance(row, Example):
        return {"messages": [*prompt, _answer(row.completion)]}
    return {"messages": prompt, "chosen": _answer(row.chosen), "rejected": _answer(row.rejected)}


def _axolotl(row: Row) -> _Json:
    if isinstance(row, Example):
        read = [{**turn, "train": False} for turn in _plain(row.prompt)]
        return {"messages": [*read, {**_answer(row.completion), "train": True}]}
    return {
        "messages": _plain(row.prompt),
        "chosen": _answer(row.chosen),
        "rejected": _answer(row.rejected),
    }


def _openai(row: Row) -> _Json:
    if isinstance(row, Example):
        # only answers may carry a weight
        read = [
            {**turn, "weight": 0} if turn["role"] == "assistant" else turn
            for turn in _plain(row.prompt)
        ]
        return {"messages": [*read, _answer(row.completion)]}
    return {
        "input": {"messages": _plain(row.prompt)},
        "preferred_output": [_answer(row.chosen)],
        "non_preferred_output": [_answer(row.rejected)],
    }


def _alpaca(row: Row) -> _Json:
    turns = [turn["content"] for turn in _alternating(row) if turn["role"] != "system"]
    system = next((turn["content"] for turn in row.prompt if turn["role"] == "system"), "")
    shared = {
        "instruction": turns[-1],
        "input": "",
        "system": system,
        "history": [list(pair) for pair in zip(turns[:-1:2], turns[1::2], strict=True)],
    }
    if isinstance(row, Example):
        return {**shared, "output": row.completion}
    return {**shared, "chosen": row.chosen, "rejected": row.rejected}


def _sharegpt(row: Row) -> _Json:
    read = [_sharegpt_turn(turn) for turn in _alternating(row)]
    if isinstance(row, Example):
        return {"conversations": [*read, _sharegpt_turn(_answer(row.completion))]}
    return {
        "conversations": read,
        "chosen": _sharegpt_turn(_answer(row.chosen)),
        "rejected": _sharegpt_turn(_answer(row.rejected)),
    }


_SHAPES: dict[ExportFormat, Callable[[Row], _Json]] = {
    "trl": _trl,
    "llama-factory": _llama_factory,
    "axolotl": _axolotl,
    "openai": _openai,
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
}


def _alternating(row: Row) -> Sequence[Message]:
    """Return the prompt's turns, if formats that pair questions with answers can hold them."""
    roles = [turn["role"] for turn in row.prompt]
    after_system = roles[1:] if roles[:1] == ["system"] else roles
    expected = ["user", "assistant"] * len(after_system)
    if len(after_system) % 2 == 0 or after_system != expected[: len(after_system)]:
        name = row.example_id if isinstance(row, Example) else row.pair_id
        raise DataError(
            f"Row {name} has the turns {', '.join(roles)}, which this format cannot hold.",
            "Export as trl, axolotl or openai: they keep any order of turns.",
        )
    return row.prompt


def _plain(turns: Sequence[Message]) -> list[_Json]:
    return [dict(turn) for turn in turns]


def _answer(text: str) -> Message:
    return {"role": "assistant", "content": text}


def _sharegpt_turn(turn: Message) -> _Json:
    return {"from": _SHAREGPT_NAMES[turn["role"]], "value": turn["content"]}
