"""A PEFT LoRA adapter on disk, read as what it adds to each weight of its base."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from serving.adapter_config import CONFIG_FILE, WEIGHTS_FILE
from workbench.errors import MergeError
from workbench.files import sha256_file

_KEY = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<part>[AB])(\.default)?\.weight$")
_RETRAIN = "Train again with plain LoRA on linear layers (the default of `workbench train`)."


@dataclass(frozen=True, slots=True)
class LoraLayer:
    """What the adapter adds to one weight: `up @ down * scaling`."""

    down: torch.Tensor  # (rank, in_features)
    up: torch.Tensor  # (out_features, rank)
    scaling: float

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the weight that it fits: (out_features, in_features)."""
        return (self.up.shape[0], self.down.shape[1])

    def delta(self, rows: slice) -> torch.Tensor:
        """Return what is added to these rows of the weight, in float32, as PEFT computes it."""
        return (self.up[rows] @ self.down) * self.scaling


@dataclass(frozen=True, slots=True)
class Adapter:
    """A whole adapter; `layers` is keyed by the name of the base weight that each changes."""

    folder: Path
    sha256: str
    layers: Mapping[str, LoraLayer]


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter that can be merged exactly.

    Raises:
        MergeError: It is not an adapter, is damaged, or is of a kind that a plain sum cannot merge.
    """
    config = _read_config(folder)
    weights = folder / WEIGHTS_FILE
    try:
        tensors = load_file(weights)
    except (OSError, SafetensorError) as exc:
        raise MergeError(
            f"{weights} cannot be read as adapter weights: {exc}.", "Train the run again."
        ) from exc
    pairs: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        match = _KEY.match(key)
        if match is None:
            raise MergeError(f"{weights}: {key} is not a LoRA weight of a linear layer.", _RETRAIN)
        pairs.setdefault(match["module"], {})[match["part"]] = tensor
    layers = {
        f"{module}.weight": _layer(module, parts, config, place=weights)
        for module, parts in pairs.items()
    }
    if not layers:
        raise MergeError(f"{weights} holds no weights.", "Train the run again.")
    return Adapter(folder, sha256_file(weights), layers)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG_FILE
    try:
        config: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as exc:
        raise MergeError(
            f"{path} cannot be read as an adapter's configuration.", "Name a complete run."
        ) from exc
    refused = [
        key
        for key in ("use_dora", "modules_to_save", "lora_bias", "fan_in_fan_out", "use_qalora")
        if config.get(key)
    ]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or refused:
        what = ", ".join(refused) or f"{config.get('peft_type')} with bias {config.get('bias')}"
        raise MergeError(f"{path}: this kind of adapter cannot be merged: {what}.", _RETRAIN)
    return config


def _layer(
    module: str, parts: Mapping[str, torch.Tensor], config: Mapping[str, Any], *, place: Path
) -> LoraLayer:
    if set(parts) != {"A", "B"} or parts["A"].shape[0] != parts["B"].shape[1]:
        raise MergeError(f"{place}: {module} lacks half of its LoRA weights.", _RETRAIN)
    rank = parts["A"].shape[0]
    alpha = _pattern_value(module, config.get("alpha_pattern") or {}, config["lora_alpha"])
    scaling = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
    layer = LoraLayer(parts["A"].float(), parts["B"].float(), scaling)
    if not (layer.down.isfinite().all() and layer.up.isfinite().all()):
        raise MergeError(f"{place}: {module} holds values that are not finite.", _RETRAIN)
    return layer


def _pattern_value(module: str, patterns: Mapping[str, float], default: float) -> float:
    """Return the value of the first pattern that ends the module's name, as PEFT looks it up."""
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default
