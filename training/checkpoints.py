"""Checkpoints that can be trusted: sealed when whole, verified before use, set aside when broken.

The trainer writes its files in place, one after the other. A checkpoint counts only once
`COMPLETE.json` stands in it: written last, it names the SHA-256 of every file.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import CheckpointError
from workbench.files import sha256_file, sync_folder, write_json

SEAL_FILE = "COMPLETE.json"
_PREFIX = "checkpoint-"
_QUARANTINE = "broken"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint."""

    path: Path
    step: int
    tokens: int
    seconds: float


def seal(folder: Path, *, step: int, tokens: int, seconds: float, config_digest: str) -> None:
    """Make every file of a finished checkpoint durable and write its seal."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != SEAL_FILE)
    for path in files:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    sync_folder(folder)
    content = {
        "step": step,
        "tokens": tokens,
        "seconds": seconds,
        "config_digest": config_digest,
        "files": {str(path.relative_to(folder)): sha256_file(path) for path in files},
    }
    write_json(folder / SEAL_FILE, content)


def verify(folder: Path, *, config_digest: str) -> Checkpoint:
    """Open a checkpoint after comparing every file with its seal.

    Raises:
        CheckpointError: It is unfinished, damaged or belongs to another configuration.
    """
    content = _read_seal(folder)
    if content["config_digest"] != config_digest:
        raise CheckpointError(f"{folder} belongs to another configuration.")
    for name, expected in content["files"].items():
        path = folder / name
        if not path.is_file() or sha256_file(path) != expected:
            raise CheckpointError(f"{path} is missing or damaged.")
    return Checkpoint(folder, content["step"], content["tokens"], content["seconds"])


def _read_seal(folder: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / SEAL_FILE).read_text())
        missing = {"step", "tokens", "seconds", "config_digest", "files"} - content.keys()
    except (OSError, ValueError, AttributeError) as exc:
        raise CheckpointError(
            f"{folder} was not finished: it has no readable {SEAL_FILE}."
        ) from exc
    if missing:
        raise CheckpointError(f"{folder / SEAL_FILE} lacks {', '.join(sorted(missing))}.")
    return content


def newest_verified(
    checkpoints: Path, *, config_digest: str
) -> tuple[Checkpoint | None, list[str]]:
    """Return the newest checkpoint that verifies, and why newer ones were set aside.

    Broken checkpoints move to `broken/`, where no later resume or rotation meets them.
    """
    reasons: list[str] = []
    for folder in sorted(_folders(checkpoints), key=_step, reverse=True):
        try:
            return verify(folder, config_digest=config_digest), reasons
        except CheckpointError as exc:
            reasons.append(f"{exc} Moved to {_set_aside(folder)}.")
    return None, reasons


def _folders(checkpoints: Path) -> list[Path]:
    if not checkpoints.is_dir():
        return []
    return [p for p in checkpoints.glob(f"{_PREFIX}*") if p.is_dir() and _step(p) >= 0]


def _step(folder: Path) -> int:
    number = folder.name.removeprefix(_PREFIX)
    return int(number) if number.isdigit() else -1


def _set_aside(folder: Path) -> Path:
    target = folder.parent / _QUARANTINE / folder.name
    target.parent.mkdir(exist_ok=True)
    attempt = 1
    while target.exists():
        target = target.with_name(f"{folder.name}.{attempt}")
        attempt += 1
    return folder.rename(target)
