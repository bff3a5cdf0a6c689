"""Prepare this process for training: offline, quiet, one accelerator, every core.

Imports no ML library at module level, since the variables must be set before any is imported.
"""

from __future__ import annotations

import os
import warnings

import psutil

_VARIABLES = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # Two visible devices without a launcher make TRL refuse to start.
    "CUDA_VISIBLE_DEVICES": "0",
    "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
}
_THREADS_VARIABLE = "OMP_NUM_THREADS"


def prepare_process() -> None:
    """Set what ML libraries read at import, load them, and silence their own progress output."""
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    import datasets
    import torch
    import transformers

    if _THREADS_VARIABLE not in os.environ:
        torch.set_num_threads(_usable_cores())
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    # PEFT looks for the base model on the hub when it saves; offline that is a warning, no fault.
    warnings.filterwarnings("ignore", message="Could not find a config file in", module="peft")


def _usable_cores() -> int:
    """Return the physical cores that this process may run on; more threads only wait."""
    allowed = len(os.sched_getaffinity(0))
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
