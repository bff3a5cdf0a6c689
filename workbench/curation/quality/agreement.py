"""Whether the rows that are left agree with one another: lengths, shared texts, shared answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from workbench.curation.duplicates.near_rows import NearInputs
from workbench.curation.pairs.rules import Pair, judge_near_inputs, judge_shared_answers
from workbench.curation.quality.rules import QualityRules
from workbench.curation.quality.whole_set import QualitySet
from workbench.curation.spool import read_spool
from workbench.curation.survivors import Survivor
from workbench.store import Decision


def judge_agreement(
    rows: Sequence[Survivor],
    spool: Path,
    quality: QualitySet,
    alike: NearInputs,
    rules: QualityRules,
) -> Iterator[Decision]:
    """Yield what the quality rules for the whole set say of the rows that are left.

    Args:
        rows: The rows, in the order of ids.
        spool: Where their texts wait.
        quality: What was noted of every row that passed the row stages.
        alike: Rows with nearly the same input.
        rules: The rules.
    """
    left = {row.row_id for row in rows}
    yield from (decision for decision in quality.judge(rules) if decision.row_id in left)
    if rules.shared_answer != "off":
        pairs = _pairs(spool, _rows_with_shared_output(rows))
        yield from judge_shared_answers(pairs, action=rules.shared_answer)
    if rules.near_input != "off":
        near = {row for group in alike.groups for row in group}
        outputs = {pair.example_id: pair.output for pair in _pairs(spool, near & left)}
        yield from judge_near_inputs(alike.couples(), outputs, action=rules.near_input)


def _pairs(spool: Path, rows: Set[str]) -> list[Pair]:
    if not rows:
        return []
    return [
        Pair(row.example_id, row.input, row.output)
        for row in read_spool(spool)
        if row.example_id in rows
    ]


def _rows_with_shared_output(rows: Sequence[Survivor]) -> set[str]:
    counts = Counter(row.likeness.output_key for row in rows)
    return {row.row_id for row in rows if counts[row.likeness.output_key] > 1}
