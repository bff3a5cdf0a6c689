"""Log-probabilities of completions under the model as it is being trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from training.rendering import Rendering

_BATCH_ROWS = 4


@dataclass(frozen=True, slots=True)
class Score:
    """What the model gives the completion tokens of one row.

    Attributes:
        log_probs: Natural-log probability of each completion token, end of turn included.
        top1: The model's most likely token id at each of these places.
    """

    log_probs: tuple[float, ...]
    top1: tuple[int, ...]

    @property
    def total(self) -> float:
        return math.fsum(self.log_probs)


@dataclass(frozen=True, slots=True)
class LikelihoodSummary:
    """Exact mean over all completion tokens of a set of rows."""

    loss: float
    perplexity: float
    tokens: int
    rows: int


def score(model: Any, renderings: Sequence[Rendering], *, pad_id: int) -> list[Score]:
    """Score rows in the order given, without gradients and without changing the model's mode."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), compute_context(model):
            return [
                result
                for start in range(0, len(renderings), _BATCH_ROWS)
                for result in _score_batch(model, renderings[start : start + _BATCH_ROWS], pad_id)
            ]
    finally:
        model.train(was_training)


@contextmanager
def compute_context(model: Any) -> Iterator[None]:
    """Multiply in bf16 as the trainer does, where the base model is held in bf16."""
    import torch

    device = model.device.type
    with torch.autocast(device, torch.bfloat16, enabled=model.dtype == torch.bfloat16):
        yield


def summarise(scores: Sequence[Score]) -> LikelihoodSummary:
    """Return the mean loss and perplexity over all completion tokens of `scores`."""
    tokens = sum(len(item.log_probs) for item in scores)
    loss = -math.fsum(item.total for item in scores) / tokens
    # exp overflows a float at 709.8; such a model is no model, but the run must still end in words.
    return LikelihoodSummary(loss, math.exp(min(loss, 700.0)), tokens, len(scores))


def _score_batch(model: Any, batch: Sequence[Rendering], pad_id: int) -> list[Score]:
    import torch

    rows = [[*item.prompt_ids, *item.completion_ids] for item in batch]
    width = max(map(len, rows))
    ids = torch.tensor([row + [pad_id] * (width - len(row)) for row in rows], device=model.device)
    mask = torch.tensor(
        [[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device
    )
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits  # (batch, width, V)
    results = []
    for index, item in enumerate(batch):
        first = len(item.prompt_ids)
        # The token at place t is predicted from place t - 1.
        window = logits[index, first - 1 : first - 1 + len(item.completion_ids)].float()
        log_probs = torch.log_softmax(window, dim=-1)
        wanted = torch.tensor(item.completion_ids, device=model.device)
        chosen = log_probs.gather(1, wanted[:, None]).squeeze(1)
        results.append(Score(tuple(chosen.tolist()), tuple(window.argmax(-1).tolist())))
    return results
