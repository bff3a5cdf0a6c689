"""The trained adapter: its weights kept in float32, saved, read back, and proven alive."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.guards import check_servable
from workbench.errors import CheckpointError, DivergedError
from workbench.files import disk_errors, sha256_file, sync_folder

WEIGHTS_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"
TRAINED = "default"
REFERENCE = "ref"


@dataclass(frozen=True, slots=True)
class SavedAdapter:
    """An adapter on disk that was read back and found whole.

    Attributes:
        sha256: SHA-256 of the weights file.
        layers: Layers that carry an adapter.
        changed_fraction: Share of weights that differ from the start of the run, in 0-1.
    """

    sha256: str
    layers: int
    changed_fraction: float


def keep_adapter_in_float32(model: Any) -> None:
    """Hold the trained weights, and so the optimiser's states, in float32.

    TRL casts them to bf16 on a quantised base: at DPO's learning rates most updates then round to
    nothing, with healthy-looking curves. Where a frozen `ref` copy of the adapter exists, its
    unrounded values are put back, so that policy and reference start out equal to the last bit.
    """
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        parameter.data = parameter.data.float()
        if REFERENCE in model.peft_config:
            source = model.get_parameter(name.replace(f".{TRAINED}.", f".{REFERENCE}."))
            parameter.data.copy_(source.data)


def snapshot(model: Any) -> dict[str, Any]:
    """Return copies of the trained weights."""
    return {
        name: parameter.detach().to("cpu", copy=True)
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def changed_fraction(model: Any, before: dict[str, Any]) -> float:
    """Return the share of trained weights that differ from `before`, in 0-1."""
    after = snapshot(model)
    total = sum(int(tensor.numel()) for tensor in after.values())
    changed = sum(int((after[name] != before[name]).sum()) for name in after)
    return changed / total


def save_adapter(model: Any, target: Path, *, before: dict[str, Any]) -> SavedAdapter:
    """Write the trained adapter, read it back, and put it in place in one rename.

    Raises:
        DivergedError: It did not change, or a layer of it does nothing.
        CheckpointError: What was read back is not a servable adapter.
    """
    fraction = changed_fraction(model, before)
    if fraction == 0:
        raise DivergedError(
            "The adapter is the same after training as before.",
            "Raise optimizer.learning_rate or the number of steps.",
        )
    with disk_errors(target):
        staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=".adapter-"))
        try:
            # The frozen reference copy of DPO must never be served: only the trained one is saved.
            model.save_pretrained(str(staging), selected_adapters=[TRAINED])
            layers = verify_adapter(staging)
            sync_folder(staging)
            shutil.rmtree(target, ignore_errors=True)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    sync_folder(target.parent)
    return SavedAdapter(sha256_file(target / WEIGHTS_FILE), layers, fraction)


def verify_adapter(folder: Path) -> int:
    """Read an adapter's files and return the number of layers it changes.

    Raises:
        CheckpointError: Files or keys are missing or of a form that loads as nothing.
        DivergedError: A layer's adapter is zero or not finite.
    """
    from safetensors.torch import load_file

    try:
        weights = load_file(folder / WEIGHTS_FILE)
        config = json.loads((folder / CONFIG_FILE).read_text())
    except OSError as exc:
        raise CheckpointError(f"{folder} is not an adapter: {exc}.", "Train it again.") from exc
    check_servable(config)
    layers = [name.removesuffix(".lora_A.weight") for name in weights if ".lora_A." in name]
    expected = {f"{layer}.lora_{part}.weight" for layer in layers for part in "AB"}
    if not layers or set(weights) != expected or any("_orig_mod" in name for name in weights):
        raise CheckpointError(
            f"{folder / WEIGHTS_FILE} has keys that would not load as an adapter.",
            "Train it again without torch.compile.",
        )
    for name, tensor in weights.items():
        if not bool(tensor.isfinite().all()):
            raise DivergedError(f"{name} is not finite.", "Lower optimizer.learning_rate.")
        if ".lora_B." in name and not bool(tensor.any()):
            raise DivergedError(
                f"{name} is all zero: that layer learned nothing.",
                "Raise optimizer.learning_rate or the number of steps.",
            )
    return len(layers)
