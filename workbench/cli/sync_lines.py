"""What a push and a pull did, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cli.label_lines import late_lines
from workbench.cli.pair_commands import balance_lines

if TYPE_CHECKING:
    from workbench.workflows.annotate_pull import PullResult
    from workbench.workflows.annotate_push import PushResult


def pushed_lines(result: PushResult) -> list[str]:
    """Say what was pushed, and where it is answered."""
    lines = [
        f"Pushed {result.n_pushed} records to {result.dataset}"
        f" ({result.n_existing} were there already, {result.n_records} in all)",
    ]
    if result.is_continued:
        lines.append(
            f"  of version {result.version}, which the latest was pulled from; to label that one "
            "anew, name it: --version latest:examples"
        )
    lines += finding_lines(result)
    if result.n_identical or result.n_single:
        lines.append(
            f"  left out: {result.n_identical} prompts with equal answers, "
            f"{result.n_single} with too few answers"
        )
    if result.n_carried:
        lines.append(
            f"  {result.n_carried} of them came with what people had answered before, as far as it "
            "fits"
        )
    if result.n_late:
        lines.append(
            f"  {result.n_late} answers came that were given in an earlier version since the last "
            "push"
        )
    if result.n_left:
        lines.append(
            f"  {result.n_left} answers stay in an earlier version: who gave them may no longer "
            "work in this workspace, or Argilla refuses them here"
        )
    lines.append(f"Answer them at {result.url}")
    lines.append(f"Next: workbench annotate pull {result.kind}")
    return lines


def pulled_lines(result: PullResult) -> list[str]:
    """Say what people answered, and what became of it."""
    outcomes = ", ".join(f"{number} {name}" for name, number in result.outcomes.items())
    lines = [
        f"Pulled {result.n_answers} answers to {result.n_answered} of {result.n_records} records "
        f"of {result.dataset}: {outcomes}",
        f"  {result.n_new_revisions} new or changed since the last pull; "
        f"{result.n_drafts} drafts and {result.n_discarded} discarded do not count",
    ]
    if result.n_missing or result.n_gone:
        lines.append(
            f"  no longer in Argilla: {result.n_missing} records, {result.n_gone} answers "
            "(their revisions are kept in labels/)"
        )
    if second := result.missing_adjudication:
        lines.append(
            f"  {second} is no longer in Argilla: first answers count; what was decided there is "
            f"kept in labels/{second}"
        )
    lines += late_lines(result.kind, result.n_late)
    lines += undecided_lines(result)
    if not result.version:
        lines.append("Recorded what was said of them. Next: workbench curate")
        return lines
    lines.append(f"Published version {result.version} with {result.n_rows} rows")
    lines += [f"  left out by pairs.{rule}: {count}" for rule, count in result.left_out.items()]
    lines += balance_lines(result.balance)
    if result.simulated_rows:
        lines.append(f"  {result.simulated_rows} of them SIMULATED: written by scripted annotators")
    return lines


def finding_lines(result: PushResult) -> list[str]:
    """Return what the records of a cleaning push are, since its limit counts rows."""
    if not result.n_rows:
        return []
    return [
        f"  each record is one finding; --limit counts rows, and {result.n_rows} rows have these"
    ]


def undecided_lines(result: PullResult) -> list[str]:
    """Return what becomes of findings on which no ruling has more than half of the answers."""
    undecided = result.outcomes.get("undecided", 0)
    if not undecided:
        return []
    command = f"workbench annotate adjudicate {result.kind} --dataset {result.dataset}"
    return [f"  the undecided stay as they are until somebody decides: {command}"]
