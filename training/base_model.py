"""The base model's folder: is it one, and which one is it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from workbench.errors import ConfigError

_HASH_WHOLE_BELOW_BYTES = 2 * 2**30
_SAMPLE_BYTES = 1 << 20
_SAMPLES = 64


def check_base_model(folder: Path) -> None:
    """Refuse a folder that holds no causal language model with weights and tokenizer.

    Raises:
        ConfigError: Something is missing; the message names it.
    """
    missing = [name for name in ("config.json", "tokenizer_config.json") if not has(folder, name)]
    if not list(folder.glob("*.safetensors")):
        missing.append("*.safetensors")
    if missing:
        raise ConfigError(
            f"{folder} is not a base model: it lacks {', '.join(missing)}.",
            "Set base_model in workbench.toml to the folder of a Hugging Face model with a chat "
            "template.",
        )


def has(folder: Path, name: str) -> bool:
    """Return whether the folder holds a file of that name."""
    return (folder / name).is_file()


def model_shape(folder: Path) -> dict[str, Any]:
    """Return the model's config.json."""
    content: dict[str, Any] = json.loads((folder / "config.json").read_text())
    return content


def fingerprint(folder: Path) -> str:
    """Return a digest that changes when the model, its tokenizer or its template changes.

    Weights up to 2 GiB a file are hashed whole. Of larger files, the size and 64 evenly spaced
    mebibytes are: any retraining changes every part, and reading 140 GB would cost minutes a run.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".jinja", ".safetensors", ".model"):
            digest.update(f"{path.name}:{path.stat().st_size}:".encode())
            _update_with_content(digest, path)
    return digest.hexdigest()


def _update_with_content(digest: hashlib._Hash, path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        if size <= _HASH_WHOLE_BELOW_BYTES:
            while chunk := stream.read(_SAMPLE_BYTES):
                digest.update(chunk)
            return
        for index in range(_SAMPLES):
            stream.seek(index * (size - _SAMPLE_BYTES) // (_SAMPLES - 1))
            digest.update(stream.read(_SAMPLE_BYTES))
