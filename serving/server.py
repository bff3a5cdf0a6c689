"""Start, find, extend and stop the model server of a project.

One lock file a server makes starts take turns: the second of two finds what the first started.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from serving.client import ChatClient
from serving.plan import GENERATION_FILE, TEMPLATE_FILE, ServingPlan, chat_template, stop_token_ids
from serving.vllm_backend import Launch, max_lora_rank
from workbench.errors import ServerStartError, ServingError
from workbench.evaluation.chat_model import Sampling
from workbench.files import digest_json, sha256_file, write_atomic, write_json
from workbench.processes import (
    ServerDiedError,
    ServerRecord,
    ServerSpec,
    ServerTimeoutError,
    claim_port,
    read_server,
    start_server,
    stop_server,
)

CHAT_SERVER = "model-server"
_LOCK_SECONDS = 1200.0  # as long as the first start may take, its environment included
_MIN_ADAPTER_SLOTS = 2


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The model server as it stands.

    Attributes:
        running: Whether it answers.
        url: Its address; empty if it does not run.
        backend: `vllm` or `transformers`; empty if it does not run.
        reason: Why this backend answers.
        models: Served model name by arm (`base`, `sft`, `dpo`, `merged:<name>`).
        log: Its log file.
    """

    running: bool
    url: str = ""
    backend: str = ""
    reason: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to serve a plan.

    Attributes:
        name: `vllm` or `transformers`.
        reason: Why this one was taken; for people.
        key_variable: Environment variable from which the server takes its key.
        timeout_seconds: How long a start may take.
        launch: Returns the command for (plan, port, folder of this start's files).
    """

    name: str
    reason: str
    key_variable: str
    timeout_seconds: float
    launch: Callable[[ServingPlan, int, Path], Launch]


@contextlib.contextmanager
def turn(servers: Path, name: str) -> Iterator[None]:
    """Hold the right to start or stop a server.

    Raises:
        ServingError: Another process holds it for longer than any start takes.
    """
    servers.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(servers / f"{name}.lock", timeout=_LOCK_SECONDS, mode=0o600):
            yield
    except Timeout as exc:
        raise ServingError(
            "Another command has been starting the model server for 20 minutes.",
            "Stop that command, then start again.",
        ) from exc


def find_running(servers: Path, name: str, plan: ServingPlan, backends: list[str]) -> bool:
    """Make a running server serve `plan` if it can; return whether it does.

    Adapters that it lacks are loaded at run time, which takes a moment where a start takes half a
    minute. Call it with the turn held.
    """
    record = read_server(servers, name)
    if record is None or record.details["backend"] not in backends:
        return False
    if record.details["identity"] != identity(plan) or max_lora_rank(plan) > int(
        record.details["max_lora_rank"]
    ):
        return False
    with open_client(servers, name) as client:
        if not client.is_ready():
            return False
        _load_missing(client, plan, slots=int(record.details["adapter_slots"]))
    _write_arms(servers, name, {**_read_arms(servers, name), **_names(plan)})
    return True


def start(servers: Path, name: str, plan: ServingPlan, backend: Backend, *, port: int) -> None:
    """Start a server for `plan` and wait until it has written a token. Hold the turn.

    Raises:
        PortInUseError: The port of the settings is taken.
        ServerStartError: It ended or hung before it was ready; nothing of it is left.
    """
    stop(servers, name)
    files = _write_files(servers / name, plan)
    chosen = claim_port(port, purpose="the model server", setting="serving.port")
    # Sockets need a short path, and what a killed server leaves there is swept with the folder.
    scratch = tempfile.mkdtemp(prefix="workbench-")
    key = secrets.token_urlsafe(32)
    write_atomic(_key_file(servers, name), key)
    launch = backend.launch(plan, chosen, files)
    spec = ServerSpec(
        name=name,
        command=launch.command,
        url=f"http://127.0.0.1:{chosen}",
        environment={**launch.environment, backend.key_variable: key, "TMPDIR": scratch},
        details={**_details(plan, backend), "scratch": scratch},
    )
    (servers / f"{name}.log").unlink(missing_ok=True)  # one start, one log
    with ChatClient(spec.url, key) as client:
        try:
            start_server(
                servers,
                spec,
                ready=lambda: _answers(client, plan.model_name),
                timeout_seconds=backend.timeout_seconds,
            )
        except ServerTimeoutError as exc:
            raise _start_error(backend, servers, name, exc, "was not ready in time") from exc
        except ServerDiedError as exc:
            raise _start_error(backend, servers, name, exc, "ended while it started") from exc
        finally:
            if read_server(servers, name) is None:
                shutil.rmtree(scratch, ignore_errors=True)
    _write_arms(servers, name, _names(plan))


def stop(servers: Path, name: str) -> bool:
    """Stop a server, its workers and what an earlier crash left; return whether anything ran."""
    scratch = _scratch(servers, name)
    stopped = stop_server(servers, name)
    if scratch is not None:
        shutil.rmtree(scratch, ignore_errors=True)
    _key_file(servers, name).unlink(missing_ok=True)
    _arms_file(servers, name).unlink(missing_ok=True)
    return stopped


def status(servers: Path, name: str) -> ServerStatus:
    """Return how a server stands, as it says itself."""
    record = read_server(servers, name)
    if record is None:
        return ServerStatus(running=False)
    with open_client(servers, name) as client:
        served = _served(client)
    arms = _read_arms(servers, name)
    return ServerStatus(
        running=bool(served),
        url=record.url,
        backend=record.details["backend"],
        reason=record.details["reason"],
        models={arm: called for arm, called in arms.items() if called in served},
        log=record.log,
    )


def open_client(servers: Path, name: str) -> ChatClient:
    """Return a client of the running server, with its key.

    Raises:
        ServingError: It does not run.
    """
    record = read_server(servers, name)
    if record is None:
        raise ServingError(
            "The model server does not run.", "Start it with `workbench serve start`."
        )
    key = _key_file(servers, name)
    stops = json.loads(record.details["stop_token_ids"])
    return ChatClient(record.url, key.read_text() if key.is_file() else "", stop_token_ids=stops)


def identity(plan: ServingPlan) -> str:
    """Return a digest of everything that cannot change without a new start."""
    weights = sorted(plan.model.glob("*.safetensors"))
    small = [plan.model / name for name in (TEMPLATE_FILE, "tokenizer.json", GENERATION_FILE)]
    return digest_json(
        {
            "model": str(plan.model.resolve()),
            "weights": [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in weights],
            "files": [sha256_file(path) for path in small if path.is_file()],
            "name": plan.model_name,
            "tokens": plan.max_model_tokens,
            "adapters": plan.takes_adapters,
        }
    )


def _details(plan: ServingPlan, backend: Backend) -> dict[str, str]:
    return {
        "backend": backend.name,
        "reason": backend.reason,
        "identity": identity(plan),
        "max_lora_rank": str(max_lora_rank(plan)),
        "adapter_slots": str(max(_MIN_ADAPTER_SLOTS, len(plan.adapters))),
        "stop_token_ids": json.dumps(stop_token_ids(plan.model)),
    }


def _write_files(folder: Path, plan: ServingPlan) -> Path:
    """Write the template and the end tokens that this start serves with."""
    write_atomic(folder / TEMPLATE_FILE, chat_template(plan.model))
    write_json(folder / GENERATION_FILE, {"eos_token_id": list(stop_token_ids(plan.model))})
    return folder


def _answers(client: ChatClient, model: str) -> bool:
    """Tell whether the server writes a token; a healthy engine can still fail at its first one."""
    if not client.is_ready():
        return False
    try:
        client.complete(model, [{"role": "user", "content": "?"}], Sampling(max_tokens=1))
    except ServingError:
        return False
    return True


def _served(client: ChatClient) -> set[str]:
    """Return what a server answers to; nothing if it does not answer."""
    try:
        return set(client.models()) if client.is_ready() else set()
    except ServingError:
        return set()


def _load_missing(client: ChatClient, plan: ServingPlan, *, slots: int) -> None:
    served = set(client.models())
    missing = {name: adapter for name, adapter in plan.adapters.items() if name not in served}
    surplus = sorted(served - {plan.model_name} - set(plan.adapters))
    for name in surplus[: max(0, len(served) - 1 + len(missing) - slots)]:
        client.unload_adapter(name)
    for name, adapter in missing.items():
        client.load_adapter(name, str(adapter.path))


def _scratch(servers: Path, name: str) -> Path | None:
    """Return the folder of temporary files of the last start, also if that server was killed."""
    record = servers / f"{name}.json"
    if not record.is_file():
        return None
    named = json.loads(record.read_text())["details"].get("scratch", "")
    folder = Path(named)
    return folder if folder.name.startswith("workbench-") else None


def _start_error(
    backend: Backend, servers: Path, name: str, exc: ServerDiedError, what: str
) -> ServerStartError:
    lines = [line.strip() for line in exc.log_tail.splitlines() if "Error" in line]
    cause = f": {lines[-1][-300:]}" if lines else ""
    return ServerStartError(
        f"The {backend.name} server {what}{cause}.", f"Its log is {servers / f'{name}.log'}."
    )


def _names(plan: ServingPlan) -> dict[str, str]:
    return {arm: served.served_name for arm, served in plan.arms.items()}


def _read_arms(servers: Path, name: str) -> dict[str, str]:
    path = _arms_file(servers, name)
    content: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return content


def _write_arms(servers: Path, name: str, arms: Mapping[str, str]) -> None:
    write_json(_arms_file(servers, name), dict(arms))


def _arms_file(servers: Path, name: str) -> Path:
    return servers / f"{name}.arms"


def _key_file(servers: Path, name: str) -> Path:
    return servers / f"{name}.key"


__all__ = [
    "CHAT_SERVER",
    "Backend",
    "ServerRecord",
    "ServerStatus",
    "find_running",
    "open_client",
    "start",
    "status",
    "stop",
    "turn",
]
