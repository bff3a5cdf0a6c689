"""`workbench data edits` and `curate --preview`: what a rule changes, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.curation_lines import leakage_lines, prompt_lines, rule_lines
from workbench.cli.edit_lines import edit_lines
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.cli.pair_commands import curated_pairs_lines
from workbench.home import Home, find_home

if TYPE_CHECKING:
    from workbench.workflows.finding_samples import FindingSample, SampledRow
    from workbench.workflows.preview_curation import CurationPreview, PreviewedRow

_INDENT = "    "


def edits_command(
    rule: Annotated[str, typer.Argument(help="STAGE.RULE as in the output of curate.")],
    version: Annotated[
        str, typer.Option(help="Digest, its beginning, latest or latest:examples.")
    ] = "latest:examples",
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other rows.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show rows that a rule changed, before and after; what went may be personal data.

    Example: workbench data edits typos.corrected --limit 5
    """
    from workbench.workflows.finding_samples import sample_finding

    result = sample_finding(find_home(home), version, rule, n_rows=limit, seed=seed)
    show(result, _sample_lines(result), as_json=as_json)


def show_preview(
    home: Home, overrides: Sequence[str], *, rule: str, limit: int, as_json: bool
) -> None:
    """Print what curation would do."""
    from workbench.workflows.preview_curation import preview_curation

    result = preview_curation(home, overrides=overrides, rule=rule, n_rows=limit)
    show(result, _preview_lines(result), as_json=as_json)


def _sample_lines(result: FindingSample) -> list[str]:
    done = ", ".join(f"{action} {n}" for action, n in result.rows_by_action.items())
    lines = [f"{result.rule} on the way to version {result.version}: {done} rows."]
    lines += [line for row in result.rows for line in _row_lines(row)]
    if result.ruling:
        lines.append("It was undone for every row since; the next curate obeys.")
    else:
        lines.append(f"Not right? workbench data undo {result.rule} [--row ROW]")
    return lines


def _preview_lines(result: CurationPreview) -> list[str]:
    n_dropped = result.n_imported - result.n_kept
    lines = [
        *rule_lines(result.rules),
        "",
        f"{result.n_imported} examples imported, {n_dropped} would be dropped, "
        f"{result.n_kept} kept in {result.n_groups} groups"
        + (f"; {result.n_quarantined} rows in quarantine." if result.n_quarantined else "."),
        *table(("split", "examples"), list(result.splits.items())),
        *leakage_lines(result.leakage),
        *prompt_lines(result),
        *(["", *curated_pairs_lines(result.pairs)] if result.pairs else []),
    ]
    if result.rule:
        lines += ["", f"{result.rule}:", *(line for row in result.rows for line in _row_lines(row))]
    return [*lines, "", "Nothing was published. Next: workbench curate"]


def _row_lines(row: SampledRow | PreviewedRow) -> list[str]:
    place = f" ({row.places[0]})" if row.places else ""
    said = [f"  {decision.action}: {decision.reason}" for decision in row.said]
    return [f"── {row.row_id}{place}", *said, *edit_lines(row.edits, indent=_INDENT)]
