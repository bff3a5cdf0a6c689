"""QLoRA fine-tuning of chat models: configurations, guarded runs, adapters ready to serve.

This door is light: it loads no torch. The trainers themselves are `training.sft.run_sft` and
`training.dpo.run_dpo`, which a caller imports when it is about to train.
"""

from training.config import DpoConfig, LoraSettings, OptimizerSettings, SftConfig
from training.run_record import RunRecord, find_run, list_runs, read_run

__all__ = [
    "DpoConfig",
    "LoraSettings",
    "OptimizerSettings",
    "RunRecord",
    "SftConfig",
    "find_run",
    "list_runs",
    "read_run",
]
