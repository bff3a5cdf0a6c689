"""Estimate the memory of a training step, to decide whether to recompute activations.

The coefficients are bytes per token of the tensors that autograd keeps in one Llama layer of a
bitsandbytes + PEFT model (facts/training-and-serving.md, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.config import Checkpointing

_USABLE_SHARE = 0.4
_CPU_CEILING_BYTES = 10 * 2**30


@dataclass(frozen=True, slots=True)
class StepMemory:
    """Bytes of activations in one forward and backward pass, and what was decided on them."""

    kept_bytes: int
    recomputed_bytes: int
    available_bytes: int
    checkpointing: bool


def plan_memory(
    shape: Mapping[str, Any], *, tokens: int, available_bytes: int, wish: Checkpointing
) -> StepMemory:
    """Decide on activation checkpointing for a batch of `tokens` padded tokens.

    Args:
        shape: The model's config.json.
        tokens: Padded tokens in one forward pass (for DPO: both completions).
        available_bytes: Free memory of the training device.
        wish: `auto` recomputes only if keeping all would take more than 40 % of what is free.
    """
    layer = tokens * _layer_bytes_per_token(shape)
    logits = 14 * tokens * int(shape.get("vocab_size", 0))
    layers = int(shape.get("num_hidden_layers", 1))
    kept = layers * layer + logits
    recomputed = layers * tokens * 4 * int(shape.get("hidden_size", 0)) + layer + logits
    wanted = kept > available_bytes * _USABLE_SHARE if wish == "auto" else wish == "on"
    return StepMemory(kept, recomputed, available_bytes, wanted)


def _layer_bytes_per_token(shape: Mapping[str, Any]) -> int:
    hidden = int(shape.get("hidden_size", 0))
    feed_forward = int(shape.get("intermediate_size", 4 * hidden))
    heads = int(shape.get("num_attention_heads", 1))
    key_value = hidden * int(shape.get("num_key_value_heads", heads)) // heads
    # 16h + 8f + 4kv under CUDA autocast; on CPU fp32 adapters show 24h. The larger one is safe.
    return 24 * hidden + 12 * feed_forward + 4 * key_value


def available_memory() -> int:
    """Return the free bytes of the device that trains."""
    import psutil
    import torch

    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return int(free)
    # Other servers of the workbench share a laptop's memory: never plan with all that is free.
    return min(int(psutil.virtual_memory().available), _CPU_CEILING_BYTES)
