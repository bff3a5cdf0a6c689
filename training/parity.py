"""Score a few held-out prompts under the trained model, for the proof that serving repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.rendering import Rendering
from training.scoring import Score, score
from workbench.parity_rows import ParityRow
from workbench.records import Message


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
