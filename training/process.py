"""Prepare this process for training: offline, quiet, one accelerator, every core.

Imports no ML library at module level, since the variables must be set before any is imported.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

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
_LIBRARIES = "accelerate|bitsandbytes|datasets|peft|torch|transformers|trl"


def prepare_process() -> None:
    """Set what ML libraries read at import, load them, and silence their own progress output."""
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    # Its inference kernel from the hub is of no use to training, and offline it is not there.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    import datasets
    import torch
    import transformers

    if _THREADS_VARIABLE not in os.environ:
        torch.set_num_threads(_usable_cores())
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    logging.getLogger("accelerate").setLevel(logging.ERROR)


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Hide the warnings that training libraries give about each other inside the block.

    What they say of our own use of them is attributed to our modules, and stays visible.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=rf"({_LIBRARIES})(\.|$)")
        yield


def _usable_cores() -> int:
    """Return the physical cores that this process may run on; more threads only wait."""
    allowed = len(os.sched_getaffinity(0))
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
