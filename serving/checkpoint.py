"""The safetensors files of a base model: which tensor lies where, proven to be inside its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from workbench.errors import MergeError

INDEX_FILE = "model.safetensors.index.json"
_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100 * 2**20  # the limit of the safetensors format
_DAMAGED = "Download or copy the base model again."
DTYPES: Mapping[str, torch.dtype] = {
    "BF16": torch.bfloat16,
    "F16": torch.float16,
    "F32": torch.float32,
}


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """Where a tensor lies in its file; `begin` and `end` are byte offsets from the file's start."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Shard:
    """One safetensors file: its header, verbatim, and its tensors in file order."""

    path: Path
    header: bytes
    tensors: tuple[TensorPlace, ...]


def read_shards(folder: Path) -> tuple[Shard, ...]:
    """Read the headers of a model's weight files.

    Raises:
        MergeError: There are none, or one is damaged.
    """
    index = folder / INDEX_FILE
    if index.is_file():
        try:
            named = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        except (ValueError, KeyError) as exc:
            raise MergeError(f"{index} is not a readable index of weights.", _DAMAGED) from exc
        files = [folder / name for name in named]
    else:
        files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise MergeError(f"{folder} holds no safetensors weights.", _DAMAGED)
    return tuple(_read_shard(path) for path in files)


def _read_shard(path: Path) -> Shard:
    try:
        header = _read_header(path)
        tensors = _places(
            json.loads(header[_LENGTH_BYTES:]), start=len(header), size_bytes=path.stat().st_size
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise MergeError(f"{path} is not a whole safetensors file: {exc}.", _DAMAGED) from exc
    return Shard(path, header, tensors)


def _read_header(path: Path) -> bytes:
    with path.open("rb") as stream:
        prefix = stream.read(_LENGTH_BYTES)
        length = int.from_bytes(prefix, "little")
        if not 0 < length <= min(_MAX_HEADER_BYTES, path.stat().st_size):
            raise ValueError(f"its header would be {length} bytes long")
        return prefix + stream.read(length)


def _places(content: Mapping[str, Any], *, start: int, size_bytes: int) -> tuple[TensorPlace, ...]:
    places = []
    for name, entry in content.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        places.append(
            TensorPlace(name, entry["dtype"], tuple(entry["shape"]), start + begin, start + end)
        )
    places.sort(key=lambda place: place.begin)
    expected = start
    for place in places:
        if place.begin != expected or place.end < place.begin:
            raise ValueError(f"{place.name} is not where the tensor before it ends")
        expected = place.end
    if expected != size_bytes:
        raise ValueError(f"it has {size_bytes} bytes, its header speaks of {expected}")
    return tuple(places)
