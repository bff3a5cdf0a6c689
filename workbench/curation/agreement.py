"""Whether the rows that are left agree with one another: lengths, shared texts, shared answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.curation.pair_rules import Pair, judge_shared_answers
from workbench.curation.quality_rules import QualityRules
from workbench.curation.quality_set import QualitySet
from workbench.curation.spool import read_spool
from workbench.curation.survivors import Survivor
from workbench.store import Decision


def judge_agreement(
    rows: Sequence[Survivor], spool: Path, quality: QualitySet, rules: QualityRules
) -> Iterator[Decision]:
    """Yield what the quality rules for the whole set say of the rows that are left.

    Args:
        rows: The rows, in the order of ids.
        spool: Where their texts wait.
        quality: What was noted of every row that passed the row stages.
        rules: The rules.
    """
    left = {row.row_id for row in rows}
    yield from (decision for decision in quality.judge(rules) if decision.row_id in left)
    if rules.shared_answer != "off":
        shared = _rows_with_shared_output(rows)
        pairs = [
            Pair(row.example_id, row.input, row.output)
            for row in (read_spool(spool) if shared else ())
            if row.example_id in shared
        ]
        yield from judge_shared_answers(pairs, action=rules.shared_answer)


def _rows_with_shared_output(rows: Sequence[Survivor]) -> set[str]:
    counts = Counter(row.likeness.output_key for row in rows)
    return {row.row_id for row in rows if counts[row.likeness.output_key] > 1}
