"""Our configuration in TRL's words. A test checks that every option named here exists upstream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.config import DpoConfig, OptimizerSettings, RunConfig, SftConfig

_KEPT_CHECKPOINTS = 2  # rotation runs before a new one is sealed, so one alone could be lost


@dataclass(frozen=True, slots=True)
class RunShape:
    """What is known of a run only after its rows were measured."""

    output_folder: Path
    steps: int
    max_length: int
    checkpointing: bool
    on_cpu: bool
    evaluates: bool


def common_arguments(
    config: RunConfig, optimizer: OptimizerSettings, shape: RunShape
) -> dict[str, Any]:
    """Return the options that every TRL trainer gets."""
    return {
        "output_dir": str(shape.output_folder),
        "max_steps": shape.steps,
        "per_device_train_batch_size": config.batch_size,
        "per_device_eval_batch_size": config.batch_size,
        "gradient_accumulation_steps": config.gradient_accumulation,
        "learning_rate": optimizer.learning_rate,
        "lr_scheduler_type": _schedule(optimizer),
        "warmup_steps": round(optimizer.warmup_fraction * shape.steps),
        "optim": optimizer.name,
        "weight_decay": optimizer.weight_decay,
        "adam_beta2": optimizer.beta2,
        "max_grad_norm": optimizer.max_grad_norm,
        "max_length": shape.max_length,
        "seed": config.seed,
        "data_seed": config.seed,
        "bf16": config.quantization.compute_dtype == "bfloat16",
        "use_cpu": shape.on_cpu,
        "dataloader_pin_memory": not shape.on_cpu,
        # The order is ours (batch_order), so that a resumed run sees the same rows.
        "train_sampling_strategy": "sequential",
        "activation_checkpointing": shape.checkpointing,
        "logging_strategy": "steps",
        "logging_steps": min(config.log_steps, shape.steps),
        # Left on, it would put an average in the place of a loss that is not a number.
        "logging_nan_inf_filter": False,
        "eval_strategy": "steps" if shape.evaluates else "no",
        "eval_steps": config.eval_steps if shape.evaluates else None,
        "save_strategy": "steps",
        "save_steps": config.save_steps,
        "save_total_limit": _KEPT_CHECKPOINTS,
        "disable_tqdm": True,
        "report_to": "none",
    }


def sft_arguments(config: SftConfig, shape: RunShape) -> dict[str, Any]:
    """Return the options of an `SFTConfig`: loss on completions only, nothing packed or cut."""
    return {
        **common_arguments(config, config.optimizer, shape),
        "completion_only_loss": True,
        "packing": False,
        "loss_type": "nll",
    }


def dpo_arguments(config: DpoConfig, shape: RunShape) -> dict[str, Any]:
    """Return the options of a `DPOConfig`."""
    with_likelihood = config.sft_weight > 0
    return {
        **common_arguments(config, config.optimizer, shape),
        "beta": config.beta,
        "loss_type": [config.loss, "sft"] if with_likelihood else [config.loss],
        "loss_weights": [1.0, config.sft_weight] if with_likelihood else None,
        "label_smoothing": config.label_smoothing,
        "precompute_ref_log_probs": False,
    }


def _schedule(optimizer: OptimizerSettings) -> str:
    return "constant_with_warmup" if optimizer.schedule == "constant" else optimizer.schedule
