"""Show what the model will see: tokens, loss mask, lengths, and what training would refuse.

Everything here is the trainer's own: its rendering, its length limit, its held-out pairs, its
checks. So the inspector cannot say one thing and training do another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.base_model import check_base_model, model_shape
from training.findings import find_problems, version_error, version_warning
from training.inspection import Finding, Inspection, LengthLimit, distribution
from training.row_reading import Reader, RowCounts, SourceRow, open_reader
from training.rows import (
    check_pair_splits,
    check_trainable_version,
    fitting_length,
    hold_out,
    rank,
    suspicion,
)
from workbench.errors import EmptySplitError, LeakageError, NotFoundError
from workbench.manifest import VersionFolder
from workbench.records import Example
from workbench.version_rows import read_examples, read_pairs

_CHUNK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at.

    Attributes:
        split: A split; None for what training learns from: the train split, or all pairs.
        row: Beginning of the id of the one row to show; empty for the first rows.
        n_shown: How many rows to show with their tokens, if `row` is empty.
        sample: Count only so many rows, drawn by their ids; None counts all.
    """

    split: str | None = None
    row: str = ""
    n_shown: int = 3
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class LengthRule:
    """What decides the longest row, as the training configuration has it.

    Attributes:
        max_length: Tokens; None fits 99 % of the rows.
        eval_fraction: Share of prompts whose pairs are held out and do not decide; 0 for examples.
    """

    max_length: int | None = None
    eval_fraction: float = 0.0


def inspect_version(
    version: VersionFolder,
    base_model: Path,
    rule: LengthRule,
    *,
    question: Question,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Inspection:
    """Count the tokens of a split and show rows of it as training reads them.

    Args:
        version: A verified version.
        base_model: Folder of the base model; its weights are not loaded.
        rule: What decides the longest row.
        question: What to look at.
        report: Called with the rows counted so far and the rows to count.

    Raises:
        ConfigError: The base model cannot be used.
        EmptySplitError: There is no row to look at.
        NotFoundError: No row, or more than one, answers to `question.row`.
        TrainingError: The length asked for is beyond the model, or the template refuses a prompt.
    """
    check_base_model(base_model)
    reader = open_reader(base_model)
    rows = _rows_of(version, question.split)
    shown = _shown(rows, question)
    counts = _count(reader, rows, question.sample, report)
    limit = _limit(
        counts
        if rule.max_length is not None or _is_learned_from(version, question.split)
        else _count(reader, _rows_of(version, None), question.sample, report),
        rule,
        context=int(model_shape(base_model)["max_position_embeddings"]),
    )
    left_out = [row for row in counts if row.length > limit.tokens]
    findings = (*_refusals(version, rows), *find_problems(counts, limit))
    return Inspection(
        version=version.manifest.digest,
        kind=version.manifest.kind,
        split=question.split or ("train" if version.manifest.kind == "examples" else ""),
        base_model=str(base_model),
        blocked=any(finding.severity == "error" for finding in findings),
        n_rows=len(rows),
        n_inspected=len(counts),
        template=reader.template,
        limit=limit,
        lengths=distribution([row.length for row in counts]),
        trained=distribution([row.n_trained for row in counts]),
        n_tokens=sum(row.n_tokens for row in counts),
        n_trained=sum(row.n_trained for row in counts),
        n_left_out=len(left_out),
        n_trained_lost=sum(row.n_trained for row in left_out),
        n_unknown=sum(row.n_unknown for row in counts),
        findings=findings,
        rows=tuple(reader.view(shown, limit.tokens)),
    )


def _rows_of(version: VersionFolder, split: str | None) -> Sequence[SourceRow]:
    """Return the rows of a split, or those that training learns from."""
    rows: Sequence[SourceRow] = (
        read_examples(version, split or "train")
        if version.manifest.kind == "examples"
        else read_pairs(version, split)
    )
    if not rows:
        raise EmptySplitError(
            f"Version {version.manifest.digest} has no row in split {split or 'train'}.",
            "Name another split or version; `workbench data list` shows them.",
        )
    return rows


def _is_learned_from(version: VersionFolder, split: str | None) -> bool:
    return split is None or (version.manifest.kind == "examples" and split == "train")


def _shown(rows: Sequence[SourceRow], question: Question) -> Sequence[SourceRow]:
    if not question.row:
        return rows[: question.n_shown]
    found = [row for row in rows if _row_id(row).startswith(question.row)]
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found)} rows of the split have an id that begins with {question.row!r}.",
            "Give more of the id, or name the row's split with --split.",
        )
    return found


def _row_id(row: SourceRow) -> str:
    return row.example_id if isinstance(row, Example) else row.pair_id


def _count(
    reader: Reader,
    rows: Sequence[SourceRow],
    sample: int | None,
    report: Callable[[int, int], None],
) -> list[RowCounts]:
    if sample is not None and sample < len(rows):
        rows = sorted(rows, key=lambda row: rank(_row_id(row)))[:sample]
    counts: list[RowCounts] = []
    # by chunks, so that the token ids of a large set are never all in memory
    for start in range(0, len(rows), _CHUNK_ROWS):
        counts += reader.count(rows[start : start + _CHUNK_ROWS])
        report(len(counts), len(rows))
    return counts


def _limit(learned: Sequence[RowCounts], rule: LengthRule, *, context: int) -> LengthLimit:
    deciding, _ = hold_out(learned, rule.eval_fraction)
    lengths = [row.length for row in deciding]
    tokens = fitting_length(lengths, context=context, asked=rule.max_length)
    return LengthLimit(tokens, asked=rule.max_length is not None, context=context)


def _refusals(version: VersionFolder, rows: Sequence[SourceRow]) -> Iterator[Finding]:
    pairs = [row for row in rows if not isinstance(row, Example)]
    try:
        check_trainable_version(version)
        check_pair_splits(pairs, version=version.manifest.digest)
    except LeakageError as refused:
        yield version_error("leakage", refused.message)
    if suspect := suspicion(version):
        yield version_warning("leakage", suspect)
