"""The rows of a published version, in and out of Parquet, without a database.

Writing is canonical: rows sorted by id, one schema, fixed compression. The same rows therefore give
the same bytes, which is what lets a version be named by its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from workbench.errors import NotFoundError
from workbench.manifest import VersionFolder
from workbench.records import SPLITS, Example, Message, PreferencePair

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 4096


def read_examples(version: VersionFolder, split: str | None = None) -> list[Example]:
    """Return the examples of a version in the order of their ids.

    Args:
        version: A verified version of kind `examples`.
        split: Only the rows of this split; all rows for None.

    Raises:
        NotFoundError: The version holds pairs, or there is no such split.
    """
    _require(version, "examples", split)
    return [
        Example(
            example_id=row["example_id"],
            split=row["split"],
            group=row["group_id"],
            input=row["input"],
            prompt=_messages(row["prompt"]),
            completion=row["completion"],
            source=row["source"],
            locator=row["locator"],
            simulated=row["simulated"],
        )
        for row in _rows(version, split)
    ]


def read_pairs(version: VersionFolder, split: str | None = None) -> list[PreferencePair]:
    """Return the preference pairs of a version in the order of their ids. See `read_examples`."""
    _require(version, "pairs", split)
    return [
        PreferencePair(
            **{**row, "prompt": _messages(row["prompt"]), "raters": tuple(row["raters"])}
        )
        for row in _rows(version, split)
    ]


def write_examples(path: Path, examples: Iterable[Example]) -> dict[str, str]:
    """Write examples to a Parquet file.

    Returns: The Arrow type of each column, as the manifest records them.
    """
    return write_sorted_examples(path, sorted(examples, key=lambda item: item.example_id))


def write_sorted_examples(path: Path, examples: Iterable[Example]) -> dict[str, str]:
    """Write a stream of examples that comes in the order of ids. See `write_examples`."""
    return _write(path, (_example_row(example) for example in examples), examples_schema())


def write_pairs(path: Path, pairs: Iterable[PreferencePair]) -> dict[str, str]:
    """Write preference pairs to a Parquet file. See `write_examples`."""
    return write_sorted_pairs(path, sorted(pairs, key=lambda item: item.pair_id))


def write_sorted_pairs(path: Path, pairs: Iterable[PreferencePair]) -> dict[str, str]:
    """Write a stream of preference pairs that comes in the order of ids. See `write_examples`."""
    return _write(path, (asdict(pair) for pair in pairs), pairs_schema())


def examples_schema() -> pa.Schema:
    """Return the columns of `examples.parquet`."""
    import pyarrow as pa

    return pa.schema(
        [
            ("example_id", pa.string()),
            ("split", pa.string()),
            ("group_id", pa.string()),
            ("input", pa.string()),
            ("prompt", _messages_type()),
            ("completion", pa.string()),
            ("source", pa.string()),
            ("locator", pa.string()),
            ("simulated", pa.bool_()),
        ]
    )


def pairs_schema() -> pa.Schema:
    """Return the columns of `pairs.parquet`."""
    import pyarrow as pa

    return pa.schema(
        [
            ("pair_id", pa.string()),
            ("example_id", pa.string()),
            ("split", pa.string()),
            ("prompt", _messages_type()),
            ("chosen", pa.string()),
            ("rejected", pa.string()),
            ("strength", pa.int8()),
            ("raters", pa.list_(pa.string())),
            ("origin", pa.string()),
            ("simulated", pa.bool_()),
        ]
    )


def _messages_type() -> pa.DataType:
    import pyarrow as pa

    return pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def _example_row(example: Example) -> dict[str, Any]:
    return {
        "example_id": example.example_id,
        "split": example.split,
        "group_id": example.group,
        "input": example.input,
        "prompt": example.prompt,
        "completion": example.completion,
        "source": example.source,
        "locator": example.locator,
        "simulated": example.simulated,
    }


def _write(path: Path, rows: Iterable[dict[str, Any]], schema: pa.Schema) -> dict[str, str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    remaining = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(remaining, _BATCH_ROWS)):
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
    path.chmod(0o600)
    return {field.name: str(field.type) for field in schema}


def _require(version: VersionFolder, kind: str, split: str | None) -> None:
    manifest = version.manifest
    if manifest.kind != kind:
        raise NotFoundError(
            f"Version {manifest.digest} holds {manifest.kind}, not {kind}.",
            f"Name a version of {kind}, such as `latest:{kind}`; `workbench data list` shows them.",
        )
    if split is not None and split not in SPLITS:
        raise NotFoundError(f"There is no split {split!r}.", f"The splits are {', '.join(SPLITS)}.")


def _rows(version: VersionFolder, split: str | None) -> Iterable[dict[str, Any]]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(version.rows_file) as file:
        for batch in file.iter_batches(_BATCH_ROWS):
            chosen = batch if split is None else batch.filter(pc.equal(batch["split"], split))
            yield from cast("list[dict[str, Any]]", chosen.to_pylist())


def _messages(turns: Sequence[dict[str, str]]) -> tuple[Message, ...]:
    return tuple(cast("Message", dict(turn)) for turn in turns)
