"""The record of a training run, and how runs are found again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from workbench.errors import NotFoundError
from workbench.files import write_json
from workbench.processes import is_same_process

RunKind = Literal["sft", "dpo"]
RunStatus = Literal["running", "complete", "failed", "stopped"]

RUN_FILE = "run.json"
RUN_KINDS: tuple[RunKind, ...] = ("sft", "dpo")
_LATEST = "latest:"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as `run.json` holds it.

    Attributes:
        run_id: Kind and the first 10 digits of the configuration digest.
        kind: What was trained.
        status: How far it is; a run whose process is gone reads as stopped.
        version: Digest of the published version that it learned from.
        base_model: Folder of the base model.
        base_fingerprint: Digest of the base model's content.
        parent_run: The SFT run that a DPO run continues.
        config_digest: SHA-256 of the resolved configuration with its inputs.
        created_at: UTC start, ISO 8601.
        finished_at: UTC end, or None.
        adapter: Folder of the adapter, relative to the run's.
        adapter_sha256: SHA-256 of the adapter's weights, or None until complete.
        trained_tokens: Tokens seen in training, padding not counted.
        packages: Versions of the libraries that trained it.
        steps: Optimiser updates done.
        summary: Measured numbers: losses, perplexity, rows dropped, speed, proofs.
        message: Why it failed or stopped, for people.
        pid: Process that trains or trained it.
        pid_started: That process's start, which tells it from a later one of the same number.
        folder: Where the run is; not part of the file.
    """

    run_id: str
    kind: RunKind
    status: RunStatus
    version: str
    base_model: str
    base_fingerprint: str
    parent_run: str | None
    config_digest: str
    created_at: str
    finished_at: str | None
    adapter: str
    adapter_sha256: str | None
    trained_tokens: int
    packages: Mapping[str, str]
    steps: int = 0
    summary: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    pid: int = 0
    pid_started: float = 0.0
    folder: Path = Path()

    @property
    def adapter_folder(self) -> Path:
        """Folder that holds the PEFT adapter."""
        return self.folder / self.adapter

    def to_json(self) -> dict[str, Any]:
        """Return what `run.json` holds."""
        content = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del content["folder"]
        return content


def now() -> str:
    """Return the present UTC time in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_run(record: RunRecord) -> RunRecord:
    """Write the record into its folder and return it."""
    write_json(record.folder / RUN_FILE, record.to_json())
    return record


def read_run(folder: Path) -> RunRecord:
    """Read a run's record.

    A run that says it is running, but whose process is gone, was interrupted: it reads as stopped.

    Raises:
        NotFoundError: The folder holds no run.
    """
    path = folder / RUN_FILE
    if not path.is_file():
        raise NotFoundError(f"{folder} holds no run.", "List the runs with `workbench runs list`.")
    try:
        record = RunRecord(**json.loads(path.read_text()), folder=folder)
    except (ValueError, TypeError) as exc:
        raise NotFoundError(
            f"{path} is not a readable run record.", f"Move {folder} away and train again."
        ) from exc
    if record.status == "running" and not is_same_process(record.pid, record.pid_started):
        return dataclasses.replace(record, status="stopped", message="Its process ended.")
    return record


def list_runs(runs: Path) -> list[RunRecord]:
    """Return every run, newest first."""
    if not runs.is_dir():
        return []
    records = [read_run(path.parent) for path in runs.glob(f"*/{RUN_FILE}")]
    return sorted(records, key=lambda record: (record.created_at, record.run_id), reverse=True)


def find_run(runs: Path, ref: str) -> RunRecord:
    """Return the run that `ref` names.

    Args:
        runs: The home's `runs` folder.
        ref: A run id, the unique beginning of one, `latest:sft` or `latest:dpo` (complete ones).

    Raises:
        NotFoundError: No run, or more than one, answers to it.
    """
    records = list_runs(runs)
    if ref.startswith(_LATEST):
        return _latest(records, ref.removeprefix(_LATEST))
    matches = [r for r in records if r.run_id == ref] or [
        r for r in records if ref and r.run_id.startswith(ref)
    ]
    if len(matches) != 1:
        names = ", ".join(r.run_id for r in matches) or "none"
        raise NotFoundError(
            f"{ref!r} names {len(matches)} runs ({names}).",
            "List them with `workbench runs list` and give more of the name.",
        )
    return matches[0]


def _latest(records: list[RunRecord], kind: str) -> RunRecord:
    if kind not in RUN_KINDS:
        raise NotFoundError(
            f"{_LATEST}{kind} names no kind of run.", "Use latest:sft or latest:dpo."
        )
    complete = [r for r in records if r.kind == kind and r.status == "complete"]
    if not complete:
        raise NotFoundError(
            f"There is no complete {kind} run.", f"Train one with `workbench train {kind}`."
        )
    return complete[0]
