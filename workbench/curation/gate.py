"""The gate: what each rule of the recipe says of the imported rows, and what is left of them.

Rows pass one at a time in the order of their ids; only digests stay in memory, the cleaned text
waits in a private staging file. Nothing depends on the order in which rows were imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.curation.duplicates import Likeness, judge_duplicates, likeness
from workbench.curation.recipe import Recipe
from workbench.curation.row_rules import FIELDS, ImportedRow, RowJudge
from workbench.curation.shape import ends_open
from workbench.curation.splits import (
    INPUT_RANK,
    USER_RANK,
    Label,
    assign_split,
    group_id,
    merge_groups,
)
from workbench.store import Decision
from workbench.task import Output

if TYPE_CHECKING:
    import pyarrow as pa

STAGES = ("clean", "redact", "length", "complete", "duplicates")
_BATCH_ROWS = 2000
# `truncated` speaks only where ending in mid-sentence is rare, among enough texts to know.
_MAX_OPEN_SHARE = 0.1
_MIN_TEXTS = 20


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One example as it is published, without its prompt."""

    example_id: str
    split: str
    group: str
    source: str
    locator: str
    input: str
    output: str


@dataclass(frozen=True, slots=True)
class _Survivor:
    """What stays in memory of a row that passed the rules for single rows."""

    likeness: Likeness
    groups: tuple[str, ...]
    open_ends: tuple[bool | None, bool | None]


@dataclass(slots=True)
class GateResult:
    """What curation decided.

    Attributes:
        n_rows: Examples looked at.
        decisions: Every decision, in the order of stages, within a stage by row.
        places: Split and group of each example that is kept.
        spool: File with the cleaned text of the examples that passed the single-row rules.
    """

    n_rows: int
    decisions: list[Decision]
    places: dict[str, tuple[str, str]]
    spool: Path

    def kept_rows(self) -> Iterator[KeptRow]:
        """Yield what is left, in the order of ids."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.spool) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                for row in batch.to_pylist():
                    if place := self.places.get(row["example_id"]):
                        yield KeptRow(split=place[0], group=place[1], **row)


def run_gate(
    rows: Iterable[ImportedRow],
    recipe: Recipe,
    shape: Output,
    spool: Path,
    report: Callable[[int], None],
) -> GateResult:
    """Apply every rule of a recipe.

    Args:
        rows: The examples, each id once.
        recipe: The rules.
        shape: The task's output.
        spool: Where the cleaned text waits; in a private staging folder.
        report: Called with the number of rows judged so far.
    """
    judge = RowJudge(recipe, shape)
    survivors: list[_Survivor] = []
    n_rows = 0
    with _Spool(spool) as waiting:
        for row in rows:
            n_rows += 1
            if texts := judge.judge(row):
                waiting.add(row, texts)
                survivors.append(
                    _Survivor(
                        likeness(row.example_id, *texts),
                        row.groups,
                        (ends_open(texts[0]), ends_open(texts[1])),
                    )
                )
            if n_rows % _BATCH_ROWS == 0:
                report(n_rows)
    truncated = _judge_truncated(survivors, recipe)
    cut = {decision.row_id for decision in truncated if decision.action == "drop"}
    whole = [row for row in survivors if row.likeness.example_id not in cut]
    repeated = judge_duplicates([row.likeness for row in whole], recipe.duplicates)
    dropped = {decision.row_id for decision in repeated if decision.action == "drop"}
    return GateResult(
        n_rows=n_rows,
        decisions=[*judge.decisions, *truncated, *repeated],
        places=_places(whole, dropped, recipe),
        spool=spool,
    )


def _judge_truncated(survivors: Sequence[_Survivor], recipe: Recipe) -> list[Decision]:
    action = recipe.complete.truncated
    if action == "off":
        return []
    decisions = []
    for index, name in enumerate(FIELDS):
        told = [row.open_ends[index] for row in survivors if row.open_ends[index] is not None]
        n_open = sum(map(bool, told))
        if len(told) < _MIN_TEXTS or n_open > _MAX_OPEN_SHARE * len(told):
            continue
        decisions += [
            Decision(
                row.likeness.example_id,
                "complete",
                "truncated",
                action,
                f"The {name} ends in the middle of a sentence; {n_open} of {len(told)} do.",
                {"field": name, "n_open": n_open, "n_texts": len(told)},
            )
            for row in survivors
            if row.open_ends[index]
        ]
    return decisions


def _places(
    rows: Sequence[_Survivor], dropped: set[str], recipe: Recipe
) -> dict[str, tuple[str, str]]:
    """Return split and group of each kept row.

    Rows that were dropped as repetitions still tie the groups in which they stood together.
    """
    labels = [_labels(row) for row in rows]
    groups = merge_groups(labels)
    fractions = recipe.splits.fractions()
    places = {}
    for row, row_labels in zip(rows, labels, strict=True):
        if row.likeness.example_id not in dropped:
            name = groups[row_labels[0]]
            split = assign_split(name, seed=recipe.seed, fractions=fractions)
            places[row.likeness.example_id] = (split, group_id(name))
    return places


def _labels(row: _Survivor) -> tuple[Label, ...]:
    """Return what ties a row to others: its groups and its input."""
    return (
        *(Label(USER_RANK, group) for group in row.groups),
        Label(INPUT_RANK, row.likeness.input_key),
    )


class _Spool:
    """Writes cleaned text to a Parquet file, a few thousand rows at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = ("example_id", "source", "locator", "input", "output")
        self._schema: pa.Schema = pa.schema([(name, pa.string()) for name in names])
        path.touch(mode=0o600)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[tuple[str, ...]] = []

    def __enter__(self) -> _Spool:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, row: ImportedRow, texts: tuple[str, str]) -> None:
        self._rows.append((row.example_id, row.source, row.locator, *texts))
        if len(self._rows) >= _BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            columns = [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
            self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._rows = []
