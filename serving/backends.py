"""Which program serves: vLLM where it can run, else our own server on transformers, said aloud."""

from __future__ import annotations

import sys
from pathlib import Path

from serving.plan import ServingPlan
from serving.server import Backend, find_running, start
from serving.vllm_backend import KEY_VARIABLE, Launch, has_cuda, vllm_launch
from workbench.errors import DependencyError, ServerStartError
from workbench.home import cache_folder

VLLM = "vllm"
TRANSFORMERS = "transformers"
AUTO = "auto"
_START_SECONDS = {VLLM: 600.0, TRANSFORMERS: 300.0}


def serve(servers: Path, name: str, plan: ServingPlan, *, wanted: str, port: int) -> None:
    """Make a server answer for `plan`: the running one if it can, else a new one. Hold the turn.

    Args:
        servers: The home's `servers` folder.
        name: Which server; the chat server and the one of the parity check are two.
        plan: What to serve.
        wanted: `vllm`, `transformers`, or `auto` for vLLM with the other one as its stand-in.
        port: Port, or 0 for a free one.

    Raises:
        ServerStartError: The wanted backend (for `auto`, both of them) did not start.
        DependencyError: vLLM was asked for by name and cannot be installed.
    """
    accepted = [VLLM, TRANSFORMERS] if wanted == AUTO else [wanted]
    if find_running(servers, name, plan, accepted):
        return
    if wanted == TRANSFORMERS:
        start(servers, name, plan, _transformers("It was asked for."), port=port)
        return
    try:
        start(servers, name, plan, _vllm(), port=port)
    except (DependencyError, ServerStartError) as exc:
        if wanted == VLLM:
            raise
        reason = f"vLLM cannot run here: {exc.message}"
        start(servers, name, plan, _transformers(reason), port=port)


def _vllm() -> Backend:
    from workbench.environments import VLLM_CPU, VLLM_CUDA, ensure_environment

    cuda = has_cuda()
    python = ensure_environment(VLLM_CUDA if cuda else VLLM_CPU)

    def launch(plan: ServingPlan, port: int, files: Path) -> Launch:
        cache = cache_folder() / "vllm"
        return vllm_launch(plan, python=python, port=port, files=files, cache=cache, cuda=cuda)

    device = "a GPU" if cuda else "the CPU build, no GPU found"
    return Backend(VLLM, f"vLLM runs here ({device}).", KEY_VARIABLE, _START_SECONDS[VLLM], launch)


def _transformers(reason: str) -> Backend:
    return Backend(
        TRANSFORMERS,
        reason,
        "WORKBENCH_SERVING_KEY",
        _START_SECONDS[TRANSFORMERS],
        _transformers_launch,
    )


def _transformers_launch(plan: ServingPlan, port: int, files: Path) -> Launch:
    adapters = [f"--adapter={name}={adapter.path}" for name, adapter in plan.adapters.items()]
    command = (
        *(sys.executable, "-m", "serving.fallback_server"),
        *("--model", str(plan.model), "--name", plan.model_name, "--port", str(port)),
        *("--files", str(files), "--max-model-tokens", str(plan.max_model_tokens)),
        *adapters,
    )
    environment = {
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONWARNINGS": "ignore",
    }
    return Launch(command, environment)
