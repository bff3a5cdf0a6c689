"""`workbench data diff · undo · accept · card · sql`: compare, rule on findings, look closer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.diff_versions import VersionDiff
    from workbench.workflows.query_data import QueryResult
    from workbench.workflows.undo_rule import RuledRule


def register(data: typer.Typer) -> None:
    """Add the commands to `workbench data`."""
    data.command("diff")(diff_command)
    data.command("undo")(undo_command)
    data.command("accept")(accept_command)
    data.command("card")(card_command)
    data.command("sql")(sql_command)


def diff_command(
    before: Annotated[str, typer.Argument(help="The earlier version: digest or its beginning.")],
    after: Annotated[str, typer.Argument(help="The later version.")] = "latest",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Tell how two versions differ: rows, splits and texts, each with the rule that is the reason.

    Example: workbench data diff 1f0c latest:examples
    """
    from workbench.workflows.diff_versions import diff_versions

    result = diff_versions(find_home(home), before, after)
    show(result, _diff_lines(result), as_json=as_json)


def undo_command(
    rule: Annotated[str, typer.Argument(help="STAGE.RULE as in the output of curate.")],
    row: Annotated[
        str | None, typer.Option(help="Only for this row: id, its beginning, or notes.csv:12.")
    ] = None,
    reason: Annotated[str, typer.Option(help="A sentence for whoever asks later.")] = "",
    restore: Annotated[
        bool, typer.Option("--restore", help="Apply the rule again after an undo.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Undo a rule for one row or for all; the next curate makes a version without it.

    Example: workbench data undo duplicates.exact --row notes.csv:12 --reason "Two clients."
    """
    from workbench.workflows.undo_rule import undo_rule

    result = undo_rule(find_home(home), rule, row=row, reason=reason, restore=restore)
    show(result, _undo_lines(result), as_json=as_json)


def accept_command(
    rule: Annotated[str, typer.Argument(help="STAGE.RULE as in the output of curate.")],
    row: Annotated[
        str | None, typer.Option(help="Only for this row: id, its beginning, or notes.csv:12.")
    ] = None,
    reason: Annotated[str, typer.Option(help="A sentence for whoever asks later.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Note that you looked at what a rule said and agree; curation goes on as it did.

    Example: workbench data accept duplicates.near --row notes.csv:12
    """
    from workbench.workflows.undo_rule import accept_finding

    result = accept_finding(find_home(home), rule, row, reason=reason)
    show(result, [_ruled_line(result)], as_json=as_json)


def card_command(
    version: Annotated[
        str, typer.Argument(help="Digest, its beginning, latest, latest:examples or latest:pairs.")
    ] = "latest",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Print a version's dataset card: counts, sources with licence, rules, leakage.

    Example: workbench data card latest:examples > README.md
    """
    from workbench.workflows.dataset_card import dataset_card

    card = dataset_card(find_home(home), version)
    show({"card": card}, [card], as_json=as_json)


def sql_command(
    statement: Annotated[str, typer.Argument(help="One SELECT.")],
    version: Annotated[
        str, typer.Option(help="Version that the table examples holds.")
    ] = "latest:examples",
    limit: Annotated[int, typer.Option(min=1, help="Most rows shown.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until it is stopped.")] = 60.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Query versions, decisions and sources with SQL; nothing can be changed.

    Tables: examples, pairs, decisions, version_rows, versions, sources, quarantine.

    Example: workbench data sql "SELECT stage, rule, count(*) FROM decisions GROUP BY ALL"
    """
    from workbench.workflows.query_data import query_data

    result = query_data(
        find_home(home), statement, version=version, limit=limit, timeout_seconds=timeout
    )
    show(result, _sql_lines(result), as_json=as_json)


def _diff_lines(result: VersionDiff) -> list[str]:
    lines = [f"From {result.before} to {result.after}:"]
    for key, (old, new) in result.settings.items():
        lines.append(f"  setting {key}: {_setting(old)} -> {_setting(new)}")
    if not result.changes:
        return [*lines, "The same rows, with the same texts, in the same splits."]
    rows = [
        (item.change, item.reason, item.n_rows, ", ".join(item.row_ids)) for item in result.changes
    ]
    splits = [
        (split, result.counts_before.get(split, 0), result.counts_after.get(split, 0))
        for split in dict.fromkeys([*result.counts_before, *result.counts_after])
    ]
    return [
        *lines,
        *table(("change", "reason", "rows", "some of them"), rows),
        "",
        *table(("split", "before", "after"), splits),
    ]


def _setting(value: object) -> str:
    return "not set" if value is None else str(value)


def _undo_lines(result: RuledRule) -> list[str]:
    return [_ruled_line(result), "Next: workbench curate"]


def _ruled_line(result: RuledRule) -> str:
    where = f"for row {result.row_id}" if result.row_id else "for every row"
    return f"{result.rule} is {result.ruling} {where}; it had spoken of {result.n_rows} rows."


def _sql_lines(result: QueryResult) -> list[str]:
    lines = table(result.columns, result.rows)
    shown = len(result.rows)
    return [*lines, f"{shown} of {result.n_rows} rows."] if shown < result.n_rows else lines
