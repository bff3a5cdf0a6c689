"""How vLLM is started: on a GPU, and on a small machine without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from serving.plan import ServingPlan
from workbench.processes import LOOPBACK

KEY_VARIABLE = "VLLM_API_KEY"
LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # the ranks that vLLM has slots for
MIN_LORA_SLOTS = 2  # SFT and DPO answer in one batch
_RESERVED_RANK = 16  # while no adapter is known yet
_CPU_LORAS = 8  # adapters kept ready beyond the slots
_CPU_BATCH_TOKENS = 4096
_CPU_SEQUENCES = 64
_CPU_CACHE_GIB = 1
_GPU_MEMORY_FRACTION = 0.85


@dataclass(frozen=True, slots=True)
class Launch:
    """A command and the variables that it needs, without the key."""

    command: tuple[str, ...]
    environment: dict[str, str]


def has_cuda() -> bool:
    """Tell whether this machine has an NVIDIA GPU that its driver answers for."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        listed = subprocess.run(
            [program, "-L"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU" in listed.stdout


def lora_rank_slot(rank: int) -> int:
    """Return the smallest slot that fits an adapter; its memory is taken at the start."""
    return next((slot for slot in LORA_RANKS if slot >= rank), LORA_RANKS[-1])


def max_lora_rank(plan: ServingPlan) -> int:
    """Return the slot size that all of a plan's adapters fit."""
    ranks = [adapter.rank for adapter in plan.adapters.values()]
    return lora_rank_slot(max(ranks, default=_RESERVED_RANK))


def vllm_launch(
    plan: ServingPlan, *, python: Path, port: int, files: Path, cache: Path, cuda: bool
) -> Launch:
    """Return how to start vLLM for a plan.

    Args:
        plan: What to serve.
        python: Python of vLLM's environment.
        port: Port on the loopback address.
        files: Folder with the chat template and generation defaults of this start.
        cache: Folder for vLLM's own cache.
        cuda: Whether it runs on a GPU.
    """
    command = (
        *(str(python), "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(plan.model), "--served-model-name", plan.model_name),
        *("--host", LOOPBACK, "--port", str(port)),
        *("--dtype", "bfloat16", "--max-model-len", str(plan.max_model_tokens)),
        *("--chat-template", str(files / "chat_template.jinja")),
        *("--generation-config", str(files)),
        # what people write must not reach a log
        *("--no-enable-log-requests", "--disable-uvicorn-access-log"),
        *("--uvicorn-log-level", "warning", "--disable-log-stats", "--disable-fastapi-docs"),
        *("--shutdown-timeout", "0", "--max-logprobs", "20"),
        *_lora_arguments(plan),
        *(_gpu_arguments() if cuda else _cpu_arguments(plan)),
    )
    return Launch(command, _environment(cache, cuda=cuda))


def _lora_arguments(plan: ServingPlan) -> tuple[str, ...]:
    if not plan.takes_adapters:
        return ()
    modules = [
        json.dumps({"name": name, "path": str(adapter.path), "base_model_name": plan.model_name})
        for name, adapter in plan.adapters.items()
    ]
    slots = max(MIN_LORA_SLOTS, len(modules))
    return (
        *("--enable-lora", "--max-lora-rank", str(max_lora_rank(plan))),
        *("--max-loras", str(slots), "--max-cpu-loras", str(max(slots, _CPU_LORAS))),
        # vLLM 0.32 dies on the CPU when the probability of a prompt is asked for while its output
        # layer may take adapters ("einsum(): subscript b has size"), so it may not
        *("--lora-target-modules", *layer_modules(plan.model)),
        *(("--lora-modules", *modules) if modules else ()),
    )


def layer_modules(model: Path) -> tuple[str, ...]:
    """Return the names of the linear modules inside a model's layers, such as `q_proj`."""
    from serving.checkpoint import read_shards  # loads torch

    names = {
        tensor.name.removesuffix(".weight").rpartition(".")[-1]
        for shard in read_shards(model)
        for tensor in shard.tensors
        if ".layers." in tensor.name and tensor.name.endswith(".weight") and len(tensor.shape) == 2
    }
    return tuple(sorted(names))


def _gpu_arguments() -> tuple[str, ...]:
    return ("--gpu-memory-utilization", str(_GPU_MEMORY_FRACTION))


def _cpu_arguments(plan: ServingPlan) -> tuple[str, ...]:
    return (
        # One process for engine and worker: the worker of the default executor costs 12 s and
        # 700 MB more, and the engine spins on a core while it waits for it.
        *("--distributed-executor-backend", "uni"),
        # vLLM 0.32 crashes on the CPU when a seeded request's prompt is read in two chunks
        # ("CPU Generator does not use offset"), so a prompt is always read whole.
        "--no-enable-chunked-prefill",
        *("--max-num-batched-tokens", str(max(_CPU_BATCH_TOKENS, plan.max_model_tokens))),
        *("--max-num-seqs", str(_CPU_SEQUENCES)),
        "--enforce-eager",  # adapters forbid compilation on the CPU, and it would cost a minute
    )


def _environment(cache: Path, *, cuda: bool) -> dict[str, str]:
    shared = {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_CACHE_ROOT": str(cache),
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": "",
        "PYTHONWARNINGS": "ignore",
    }
    if cuda:
        return shared
    return {
        **shared,
        # two small functions of the sampler would be compiled at their first use: ten seconds in
        # which nobody is answered, and a C++ compiler that a fresh machine does not have
        "TORCH_COMPILE_DISABLE": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # needed for the one-process executor
        "VLLM_CPU_KVCACHE_SPACE": str(_CPU_CACHE_GIB),
        # one core stays free for tokenising, streaming and everybody else
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) - 1)),
    }
