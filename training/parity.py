"""The rows that prove a served model to be the trained one.

`parity.jsonl` holds, for a few held-out prompts, the exact token ids and what the trained model
(NF4 base with the adapter) gives each completion token. Serving asks the merged and the served
model the same and compares.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.rendering import Rendering
from training.scoring import Score, score
from workbench.files import write_atomic
from workbench.records import Message

PARITY_FILE = "parity.jsonl"


@dataclass(frozen=True, slots=True)
class ParityRow:
    """One row of parity.jsonl.

    Attributes:
        example_id: The example that was asked.
        messages: Its prompt.
        completion: The reference answer that is scored.
        prompt_ids: Token ids of the prompt under the training template.
        completion_ids: Token ids of the answer, end of turn included.
        log_probs: Natural-log probability of each completion token under the trained model.
        top1: The trained model's most likely token id at each of these places.
        base_log_probs: The same as `log_probs` with the adapter switched off.
    """

    example_id: str
    messages: tuple[Message, ...]
    completion: str
    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    top1: tuple[int, ...]
    base_log_probs: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the row as the file holds it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def rendering(self) -> Rendering:
        """The token ids as the trainer rendered them."""
        return Rendering(self.prompt_ids, self.completion_ids, prefix_kept=True)


@dataclass(frozen=True, slots=True)
class ParityPrompt:
    """What is to be scored for one row."""

    example_id: str
    messages: tuple[Message, ...]
    completion: str
    rendering: Rendering


def measure_parity(
    model: Any, prompts: Sequence[ParityPrompt], *, pad_id: int
) -> tuple[ParityRow, ...]:
    """Score the prompts under the trained model, with and without its adapter."""
    renderings = [prompt.rendering for prompt in prompts]
    trained = score(model, renderings, pad_id=pad_id)
    with model.disable_adapter():
        bare = score(model, renderings, pad_id=pad_id)
    return tuple(map(_row, prompts, trained, bare))


def _row(prompt: ParityPrompt, trained: Score, bare: Score) -> ParityRow:
    return ParityRow(
        example_id=prompt.example_id,
        messages=prompt.messages,
        completion=prompt.completion,
        prompt_ids=prompt.rendering.prompt_ids,
        completion_ids=prompt.rendering.completion_ids,
        log_probs=trained.log_probs,
        top1=trained.top1,
        base_log_probs=bare.log_probs,
    )


def write_parity(folder: Path, rows: Sequence[ParityRow]) -> None:
    """Write parity.jsonl into a run's folder."""
    lines = [json.dumps(row.to_json(), ensure_ascii=False) + "\n" for row in rows]
    write_atomic(folder / PARITY_FILE, "".join(lines))


def read_parity(folder: Path) -> list[ParityRow]:
    """Return the rows of a run's parity.jsonl."""
    lines = (folder / PARITY_FILE).read_text().splitlines()
    return [_parse(json.loads(line)) for line in lines]


def _parse(content: Mapping[str, Any]) -> ParityRow:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in content.items()
    }
    return ParityRow(**fields)
