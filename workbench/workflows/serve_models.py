"""Serve base, SFT and DPO side by side, or a merged model alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from serving import backends, server
from serving.adapter_config import describe_adapter
from serving.client import ChatClient
from serving.plan import BASE_ARM, ServedArm, ServingPlan, chat_template, served_name
from serving.provenance import read_provenance
from serving.server import CHAT_SERVER, ServerStatus
from training import RunRecord, find_run
from training.base_model import fingerprint
from training.run_record import RUN_KINDS
from workbench.errors import NotFoundError, ServingError
from workbench.files import digest_json
from workbench.home import Home
from workbench.progress import track
from workbench.settings import load_settings
from workbench.workflows.trained_base import check_trained_base

DEFAULT_ARMS = ("base", "sft", "dpo")
_RUN_PREFIX = "run:"
_MERGED_PREFIX = "merged:"


def serve_start(
    home: Home, *, arms: Sequence[str] = DEFAULT_ARMS, merged: str | None = None, backend: str = ""
) -> ServerStatus:
    """Make the model server answer for these arms; a running one is used and extended.

    Args:
        home: The project.
        arms: `base`, `sft` and `dpo` (the newest complete run of each), or `run:<run id>`.
        merged: Name of a merged model to serve alone, in place of arms.
        backend: `auto`, `vllm` or `transformers`; the settings decide if empty.

    Raises:
        NotFoundError: A run does not exist.
        ServingError: The arms cannot be served together.
        ServerStartError: The server did not become ready.
    """
    plan = merged_plan(home, merged) if merged else arms_plan(home, arms)
    settings = load_settings(home.settings_file).serving
    with (
        server.turn(home.servers, CHAT_SERVER),
        track(f"serve {', '.join(plan.arms)}"),
    ):
        backends.serve(
            home.servers,
            CHAT_SERVER,
            plan,
            wanted=backend or settings.backend,
            port=settings.port,
        )
        return server.status(home.servers, CHAT_SERVER)


def serve_status(home: Home) -> ServerStatus:
    """Return how the model server stands."""
    return server.status(home.servers, CHAT_SERVER)


def serve_stop(home: Home) -> ServerStatus:
    """Stop the model server, its workers and what an earlier crash left of them."""
    with server.turn(home.servers, CHAT_SERVER):
        server.stop(home.servers, CHAT_SERVER)
        return server.status(home.servers, CHAT_SERVER)


def open_client(home: Home) -> ChatClient:
    """Return a client of the running model server, with its key.

    Raises:
        ServingError: It does not run.
    """
    return server.open_client(home.servers, CHAT_SERVER)


def arms_plan(home: Home, arms: Sequence[str]) -> ServingPlan:
    """Return what to serve for these arms; the base is always among them.

    Raises:
        NotFoundError: A run or the base model does not exist.
        ServingError: The runs have several base models, or theirs has changed since.
    """
    settings = load_settings(home.settings_file)
    runs = {arm: _run_of(home, arm) for arm in dict.fromkeys(arms) if arm != BASE_ARM}
    bases = {record.base_model for record in runs.values()} or {
        str(base_folder(settings.base_model))
    }
    if len(bases) > 1:
        raise ServingError(
            f"The runs {', '.join(r.run_id for r in runs.values())} have different base models.",
            "Serve runs of one base at a time: name them with --arm run:<run id>.",
        )
    base = Path(bases.pop())
    digests = {check_trained_base(record) for record in runs.values()} or {fingerprint(base)}
    served = {BASE_ARM: ServedArm(served_name(BASE_ARM, digests.pop()))}
    for arm, record in runs.items():
        adapter = describe_adapter(record.adapter_folder)
        served[arm] = ServedArm(served_name(record.kind, adapter.sha256), adapter)
    return ServingPlan(base, served, settings.serving.max_model_tokens)


def merged_plan(home: Home, name: str) -> ServingPlan:
    """Return what to serve for a merged model alone."""
    folder = home.models / name
    provenance = read_provenance(folder)
    arm = f"{_MERGED_PREFIX}{provenance.name}"
    content = digest_json([dict(provenance.files), chat_template(folder)])
    settings = load_settings(home.settings_file).serving
    served = {arm: ServedArm(served_name(f"merged-{provenance.name}", content))}
    return ServingPlan(folder, served, settings.max_model_tokens)


def base_folder(setting: str) -> Path:
    """Return the folder of the base model that the settings name."""
    if setting == "demo":
        from workbench.demo import MODEL_DIR

        return Path(MODEL_DIR)
    folder = Path(setting).expanduser()
    if not (folder / "config.json").is_file():
        raise NotFoundError(
            f"{folder} is not a model folder: it holds no config.json.",
            "Set base_model in workbench.toml to a folder of a model, or to `demo`.",
        )
    return folder


def _run_of(home: Home, arm: str) -> RunRecord:
    if arm in RUN_KINDS:
        return find_run(home.runs, f"latest:{arm}")
    if not arm.startswith(_RUN_PREFIX):
        raise ServingError(
            f"{arm!r} is not an arm.", "Arms are base, sft, dpo, and run:<run id> for any run."
        )
    record = find_run(home.runs, arm.removeprefix(_RUN_PREFIX))
    if record.status != "complete":
        raise ServingError(
            f"Run {record.run_id} is {record.status}, not complete.",
            f"Finish it with `workbench train {record.kind}`.",
        )
    return record
