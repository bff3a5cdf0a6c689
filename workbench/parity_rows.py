"""The rows of a run's `parity.jsonl`: what the trained model gives each token of a few answers.

Training writes them last; serving asks the merged and the served model for the same tokens and
compares, which proves that what is served is what was trained.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.errors import ParityError
from workbench.files import read_json_lines, write_atomic
from workbench.records import Message

PARITY_FILE = "parity.jsonl"


@dataclass(frozen=True, slots=True)
class ParityRow:
    """One prompt and its reference answer, as training scored them.

    Attributes:
        example_id: The example.
        messages: Its prompt.
        completion: The answer that was scored.
        prompt_ids: Token ids of the prompt under the training template.
        completion_ids: Token ids of the answer, end of turn included.
        log_probs: Natural-log probability of each answer token under the trained (NF4) model.
        top1: The trained model's most likely token at each of these places.
        base_log_probs: `log_probs` with the adapter switched off.
    """

    example_id: str
    messages: tuple[Message, ...]
    completion: str
    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    top1: tuple[int, ...]
    base_log_probs: tuple[float, ...]

    @property
    def input_ids(self) -> list[int]:
        return [*self.prompt_ids, *self.completion_ids]


def write_parity_rows(run_folder: Path, rows: Sequence[ParityRow]) -> None:
    """Write a run's parity rows, atomically."""
    lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows]
    write_atomic(run_folder / PARITY_FILE, "".join(lines))


def read_parity_rows(run_folder: Path) -> tuple[ParityRow, ...]:
    """Read a run's parity rows.

    Raises:
        ParityError: There are none, or they are not readable; then nothing could be proven.
    """
    path = run_folder / PARITY_FILE
    try:
        rows = tuple(_parse(row) for row in read_json_lines(path))
    except FileNotFoundError as exc:
        raise ParityError(f"{path} does not exist.", _TRAIN) from exc
    except (ValueError, TypeError, KeyError) as exc:
        raise ParityError(
            f"{path} does not hold parity rows: {type(exc).__name__}.", _TRAIN
        ) from exc
    if not any(row.completion_ids for row in rows):
        raise ParityError(f"{path} holds no answer to compare.", _TRAIN)
    return rows


_TRAIN = "Train the run to its end again: training writes these rows last."


def _parse(content: dict[str, Any]) -> ParityRow:
    return ParityRow(
        example_id=content["example_id"],
        messages=tuple(content["messages"]),
        completion=content["completion"],
        prompt_ids=tuple(content["prompt_ids"]),
        completion_ids=tuple(content["completion_ids"]),
        log_probs=tuple(content["log_probs"]),
        top1=tuple(content["top1"]),
        base_log_probs=tuple(content["base_log_probs"]),
    )
