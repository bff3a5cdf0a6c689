"""What a merged model is made of: provenance.json beside its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.errors import MergeError
from workbench.files import sha256_file, write_json

PROVENANCE_FILE = "provenance.json"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a merged model comes from, and the hashes that prove it.

    Attributes:
        name: Folder name of the merged model.
        created_at: UTC time, ISO 8601.
        workbench: Release that merged it.
        run_id: Training run of the adapter.
        kind: What the run trained, `sft` or `dpo`.
        version: Digest of the data version that the run learned from.
        base_model: Folder of the base.
        base_files: SHA-256 of the base's weight files by name.
        adapter_sha256: SHA-256 of the adapter's weights.
        files: SHA-256 of the merged weight files by name.
        tensors_changed: Weights that the adapter changed.
        changed_fraction: Share of these weights' elements that differ from the base, in 0-1.
        parity: The comparison with the unmerged model.
    """

    name: str
    created_at: str
    workbench: str
    run_id: str
    kind: str
    version: str
    base_model: str
    base_files: Mapping[str, str]
    adapter_sha256: str
    files: Mapping[str, str]
    tensors_changed: int
    changed_fraction: float
    parity: Mapping[str, Any]


def write_provenance(folder: Path, provenance: Provenance) -> None:
    """Write provenance.json."""
    write_json(folder / PROVENANCE_FILE, asdict(provenance))


def read_provenance(folder: Path) -> Provenance:
    """Read a merged model's provenance.

    Raises:
        MergeError: The folder is not a merged model of ours.
    """
    path = folder / PROVENANCE_FILE
    try:
        return Provenance(**json.loads(path.read_text()))
    except FileNotFoundError as exc:
        raise MergeError(
            f"{folder} is not a merged model.", "Make one with `workbench merge`."
        ) from exc
    except (ValueError, TypeError) as exc:
        raise MergeError(
            f"{path} is not readable.", f"Move {folder} away and merge again."
        ) from exc


def verify_files(folder: Path, provenance: Provenance) -> None:
    """Prove that the weights are the ones that were merged.

    Raises:
        MergeError: A file is missing or was changed.
    """
    for name, expected in provenance.files.items():
        path = folder / name
        if not path.is_file() or sha256_file(path) != expected:
            raise MergeError(
                f"{path} is missing or was changed after merging.",
                f"Move {folder} away and merge again.",
            )
