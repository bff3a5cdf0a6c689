from __future__ import annotations

from dataclasses import replace

from workbench.cli.sync_lines import finding_lines, undecided_lines
from workbench.workflows.annotate_pull import PullResult
from workbench.workflows.annotate_push import PushResult


def test_a_limit_counts_rows_and_each_record_is_a_finding() -> None:
    pushed = PushResult("cleaning", "cleaning-1", "http://x", "v1", 20, 0, 20, n_rows=10)
    assert finding_lines(pushed) == [
        "  each record is one finding; --limit counts rows, and 10 rows have these"
    ]
    assert finding_lines(replace(pushed, kind="instructions", n_rows=0)) == []


def test_undecided_findings_name_the_command_that_decides_them() -> None:
    outcomes = {"accept": 1, "undecided": 6}
    pulled = PullResult(
        "cleaning", "cleaning-1", "", "v1", 7, 7, 14, 0, 0, 14, 0, 0, outcomes, 0, 0
    )
    (line,) = undecided_lines(pulled)
    assert line.endswith(": workbench annotate adjudicate cleaning --dataset cleaning-1")
    assert undecided_lines(replace(pulled, outcomes={"accept": 7})) == []
