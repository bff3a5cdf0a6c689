"""A run's folder: what names it, who may write it, and how it begins and ends.

A run is named by what it is made from (configuration, version, base model, parent). The same
command therefore finds its own run: it continues it, or returns it when it is complete.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from training.adapter import WEIGHTS_FILE
from training.base_model import fingerprint
from training.config import RunConfig
from training.run_record import RUN_FILE, RunKind, RunRecord, now, read_run, write_run
from workbench.config import resolved
from workbench.errors import CheckpointError, ConfigError, TrainingError
from workbench.files import digest_json, sha256_file, write_json

CONFIG_FILE = "config.json"
ADAPTER_FOLDER = "adapter"
_ID_DIGITS = 10
_PACKAGES = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "bitsandbytes",
    "accelerate",
    "datasets",
    "finetune-workbench",
)


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Everything that decides what a run will compute.

    Attributes:
        kind: What is trained.
        version: Digest of the published version.
        base_model: Folder of the base model; only its fingerprint enters the digest.
        base_fingerprint: Digest of the base model's content.
        parent_run: The SFT run that is continued, for DPO.
        parent_adapter: SHA-256 of that run's adapter.
        config: The resolved configuration.
    """

    kind: RunKind
    version: str
    base_model: Path
    base_fingerprint: str
    parent_run: str | None
    parent_adapter: str | None
    config: Mapping[str, Any]

    @property
    def content(self) -> dict[str, Any]:
        """What config.json holds and the digest is made from."""
        return {
            "kind": self.kind,
            "version": self.version,
            "base_model": self.base_fingerprint,
            "parent_adapter": self.parent_adapter,
            "config": dict(self.config),
        }

    @property
    def digest(self) -> str:
        return digest_json(self.content)

    @property
    def run_id(self) -> str:
        return f"{self.kind}-{self.digest[:_ID_DIGITS]}"


def identify(
    kind: RunKind,
    config: RunConfig,
    *,
    version_digest: str,
    base_model: Path,
    parent: RunRecord | None = None,
) -> RunIdentity:
    """Return the identity of the run that these inputs make."""
    return RunIdentity(
        kind=kind,
        version=version_digest,
        base_model=base_model,
        base_fingerprint=fingerprint(base_model),
        parent_run=parent.run_id if parent else None,
        parent_adapter=parent.adapter_sha256 if parent else None,
        config=resolved(config),
    )


def differing_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return every dotted key in which two configurations differ, with both values."""
    left, right = _flat(one), _flat(other)
    return [
        f"{key} ({left.get(key, 'absent')} -> {right.get(key, 'absent')})"
        for key in sorted(left.keys() | right.keys())
        if left.get(key, _ABSENT) != right.get(key, _ABSENT)
    ]


_ABSENT = object()


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def check_same_run(folder: Path, identity: RunIdentity) -> None:
    """Refuse to continue a run with a configuration that is not its own.

    Raises:
        ConfigError: The message names the keys that differ.
    """
    try:
        recorded = json.loads((folder / CONFIG_FILE).read_text())
    except (OSError, ValueError) as exc:
        raise CheckpointError(
            f"{folder / CONFIG_FILE} cannot be read.", f"Move {folder} away and train again."
        ) from exc
    if recorded != identity.content:
        raise ConfigError(
            f"Run {folder.name} was started with another configuration: "
            f"{', '.join(differing_keys(recorded, identity.content))}.",
            "Set these back to continue it, or train without naming the run to start a new one.",
        )


def open_run(runs: Path, identity: RunIdentity) -> RunRecord:
    """Return the run of this identity, made if it is new.

    Raises:
        ConfigError: The folder holds a run of another configuration.
    """
    folder = runs / identity.run_id
    if (folder / RUN_FILE).is_file():
        check_same_run(folder, identity)
        return read_run(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(folder / CONFIG_FILE, identity.content)
    return RunRecord(
        run_id=identity.run_id,
        kind=identity.kind,
        status="running",
        version=identity.version,
        base_model=str(identity.base_model),
        base_fingerprint=identity.base_fingerprint,
        parent_run=identity.parent_run,
        config_digest=identity.digest,
        created_at=now(),
        finished_at=None,
        adapter=ADAPTER_FOLDER,
        adapter_sha256=None,
        trained_tokens=0,
        packages=package_versions(),
        folder=folder,
    )


def is_finished(record: RunRecord) -> bool:
    """Return whether the run is complete and its adapter is still the one that it trained."""
    weights = record.adapter_folder / WEIGHTS_FILE
    return (
        record.status == "complete"
        and weights.is_file()
        and sha256_file(weights) == record.adapter_sha256
    )


@contextmanager
def recorded(record: RunRecord) -> Iterator[RunRecord]:
    """Hold the run for the enclosed work, and record how it ended if it did not complete.

    Raises:
        TrainingError: Another process trains this run now.
    """
    lock = FileLock(record.folder / ".lock", mode=0o600)
    try:
        lock.acquire(timeout=1)
    except Timeout as exc:
        raise TrainingError(
            f"Run {record.run_id} is being trained by another process (pid {record.pid}).",
            "Wait for it, or stop that process first.",
        ) from exc
    pid = os.getpid()
    started = psutil.Process(pid).create_time()
    running = dataclasses.replace(
        record,
        status="running",
        message="",
        finished_at=None,
        packages=package_versions(),
        pid=pid,
        pid_started=started,
    )
    try:
        yield write_run(running)
    except KeyboardInterrupt as exc:
        write_run(
            dataclasses.replace(
                running, status="stopped", message=str(exc) or "Interrupted.", finished_at=now()
            )
        )
        raise
    except BaseException as exc:
        write_run(
            dataclasses.replace(running, status="failed", message=str(exc), finished_at=now())
        )
        raise
    finally:
        lock.release()


def package_versions() -> dict[str, str]:
    """Return the versions of the libraries that decide what a run computes."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
