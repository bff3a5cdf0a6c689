"""Merge a LoRA adapter into its 16-bit base, shard by shard, in little memory.

Each safetensors header is copied as it is (no shape changes), bytes of unchanged tensors stream
through, and a changed tensor is summed in float32 a block of rows at a time, so a 70B model needs
less than 1 GB of memory. The result is the one of PEFT's `merge_and_unload`: bit-equal, except that
a product taken in blocks may round a value in 65,000 differently. Tied embeddings stay tied,
because no tensor is added or left out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import torch

from serving.adapter import Adapter, LoraLayer
from serving.checkpoint import DTYPES, INDEX_FILE, Shard, TensorPlace, read_shards
from workbench.errors import MergeError
from workbench.files import disk_errors, sha256_file, sync_folder
from workbench.progress import Progress

_BLOCK_ELEMENTS = 16 * 2**20  # 64 MiB in float32
_COPY_BYTES = 4 * 2**20
_NOT_COPIED = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".onnx", ".msgpack", ".h5")


@dataclass(frozen=True, slots=True)
class TensorChange:
    """How far one weight moved; `changed` counts elements that differ in the stored precision."""

    name: str
    elements: int
    changed: int
    largest: float


@dataclass(frozen=True, slots=True)
class MergedWeights:
    """What a merge wrote: SHA-256 of each file, and the change of each adapted weight."""

    files: Mapping[str, str]
    base_files: Mapping[str, str]
    changes: tuple[TensorChange, ...]

    @property
    def changed_fraction(self) -> float:
        """Share of the adapted elements that differ from the base, in 0-1."""
        return sum(c.changed for c in self.changes) / sum(c.elements for c in self.changes)


def merge_adapter(
    base: Path, adapter: Adapter, target: Path, *, progress: Progress
) -> MergedWeights:
    """Write base plus adapter into `target`, which gets every other file of the base too.

    Args:
        base: Folder of the 16-bit base model.
        adapter: What to add.
        target: Existing folder, private to us; a crash leaves whole files in it or none.
        progress: Told the number of finished bytes.

    Raises:
        MergeError: The adapter does not fit the base, changes nothing, or gives infinities.
        DiskFullError: The disk has no room.
    """
    shards = read_shards(base)
    check_fit(shards, adapter, base=base)
    total = sum(shard.path.stat().st_size for shard in shards)
    files: dict[str, str] = {}
    base_files: dict[str, str] = {}
    changes: list[TensorChange] = []
    done = 0
    with disk_errors(target):
        copy_companions(base, target)
        for shard in shards:
            written = _merge_shard(shard, adapter.layers, target / shard.path.name)
            files[shard.path.name] = written.sha256
            base_files[shard.path.name] = written.base_sha256
            changes.extend(written.changes)
            done += shard.path.stat().st_size
            progress.update(done, total=total, note=shard.path.name)
        sync_folder(target)
    merged = MergedWeights(files, base_files, tuple(changes))
    if not any(change.changed for change in merged.changes):
        raise MergeError(
            f"The adapter {adapter.folder} changes no weight of {base}.",
            "It was not trained, or its learning rate was far too low; train it again.",
        )
    return merged


def check_fit(shards: tuple[Shard, ...], adapter: Adapter, *, base: Path) -> None:
    """Refuse an adapter of another base.

    Raises:
        MergeError: A weight is missing, has another shape, or is not 16- or 32-bit.
    """
    places = {place.name: place for shard in shards for place in shard.tensors}
    hint = f"The adapter {adapter.folder} was trained on another base; merge it into that one."
    for name, layer in adapter.layers.items():
        place = places.get(name)
        if place is None:
            tied = " (its output layer is tied to the embedding)" if "lm_head" in name else ""
            raise MergeError(f"{base} has no weight {name}{tied}.", hint)
        if place.shape != layer.shape:
            raise MergeError(
                f"{name} is {list(place.shape)} in {base}, the adapter fits {list(layer.shape)}.",
                hint,
            )
        if place.dtype not in DTYPES:
            raise MergeError(
                f"{name} in {base} is stored as {place.dtype}; merging needs BF16, F16 or F32.",
                "Point base_model at the 16-bit model, not at a quantised copy.",
            )


def copy_companions(base: Path, target: Path) -> None:
    """Copy configuration, tokenizer, chat template and generation defaults of the base."""
    for path in sorted(base.iterdir()):
        if path.is_file() and path.suffix not in _NOT_COPIED and path.name != INDEX_FILE:
            shutil.copyfile(path, target / path.name)
    if (base / INDEX_FILE).is_file():
        shutil.copyfile(base / INDEX_FILE, target / INDEX_FILE)


@dataclass(frozen=True, slots=True)
class _WrittenShard:
    sha256: str
    base_sha256: str
    changes: tuple[TensorChange, ...]


def _merge_shard(shard: Shard, layers: Mapping[str, LoraLayer], target: Path) -> _WrittenShard:
    changes = []
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as sink:
        try:
            with shard.path.open("rb") as source:
                _emit(shard.header, sink, digest)
                for place in shard.tensors:
                    source.seek(place.begin)
                    if layer := layers.get(place.name):
                        tally = _Tally()
                        for block in _merged_blocks(source, place, layer, tally):
                            _emit(block, sink, digest)
                        changes.append(tally.of(place))
                    else:
                        for block in _copied_blocks(source, place.end - place.begin):
                            _emit(block, sink, digest)
            sink.flush()
            os.fsync(sink.fileno())
            Path(sink.name).replace(target)
        finally:
            Path(sink.name).unlink(missing_ok=True)
    return _WrittenShard(digest.hexdigest(), sha256_file(shard.path), tuple(changes))


def _emit(block: bytes, sink: IO[bytes], digest: hashlib._Hash) -> None:
    sink.write(block)
    digest.update(block)


def _copied_blocks(source: BinaryIO, size_bytes: int) -> Iterator[bytes]:
    while size_bytes:
        block = source.read(min(_COPY_BYTES, size_bytes))
        size_bytes -= len(block)
        yield block


class _Tally:
    """Counts what a merge changes, block by block."""

    def __init__(self) -> None:
        self._changed = 0
        self._largest = 0.0

    def add(self, before: torch.Tensor, after: torch.Tensor) -> None:
        self._changed += int((before != after).sum())
        self._largest = max(self._largest, float((after.float() - before.float()).abs().max()))

    def of(self, place: TensorPlace) -> TensorChange:
        rows, columns = place.shape
        return TensorChange(place.name, rows * columns, self._changed, self._largest)


def _merged_blocks(
    source: BinaryIO, place: TensorPlace, layer: LoraLayer, tally: _Tally
) -> Iterator[bytes]:
    rows, columns = place.shape
    dtype = DTYPES[place.dtype]
    block_rows = max(1, _BLOCK_ELEMENTS // columns)
    for first in range(0, rows, block_rows):
        some = slice(first, min(rows, first + block_rows))
        raw = bytearray(source.read((some.stop - first) * columns * dtype.itemsize))
        before = torch.frombuffer(raw, dtype=dtype).view(-1, columns)  # (block rows, in_features)
        after = (before.float() + layer.delta(some)).to(dtype)
        if not after.isfinite().all():
            raise MergeError(
                f"{place.name} would hold values that are not finite.", "Train the run again."
            )
        tally.add(before, after)
        yield after.view(torch.uint8).numpy().tobytes()
