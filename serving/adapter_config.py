"""What an adapter's folder says of itself, read without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ServingError
from workbench.files import sha256_file

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"


@dataclass(frozen=True, slots=True)
class AdapterFolder:
    """A PEFT adapter as a server needs to know it; `rank` is the largest of its layers."""

    path: Path
    sha256: str
    rank: int


def describe_adapter(folder: Path) -> AdapterFolder:
    """Return the identity and rank of an adapter.

    Raises:
        ServingError: The folder holds no complete adapter.
    """
    config_file, weights = folder / CONFIG_FILE, folder / WEIGHTS_FILE
    if not weights.is_file() or not config_file.is_file():
        raise ServingError(
            f"{folder} holds no adapter.", "Name a complete run; see `workbench runs list`."
        )
    try:
        config = json.loads(config_file.read_text())
        ranks = [int(config["r"]), *map(int, (config.get("rank_pattern") or {}).values())]
    except (ValueError, KeyError, TypeError) as exc:
        raise ServingError(
            f"{config_file} is not an adapter's configuration.", "Train the run again."
        ) from exc
    return AdapterFolder(folder.resolve(), sha256_file(weights), max(ranks))
