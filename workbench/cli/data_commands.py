"""Commands on data: curate, and looking at what the store holds."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import (
    chatter_commands,
    edit_commands,
    erase_commands,
    fix_commands,
    import_commands,
    version_commands,
)
from workbench.cli.curation_lines import leakage_lines, prompt_lines, rule_lines
from workbench.cli.edit_lines import edit_lines
from workbench.cli.groups import data_group
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.cli.pair_commands import curated_pairs_lines
from workbench.errors import ConfigError
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.curate import CurateResult
    from workbench.workflows.data import DataList, VersionView
    from workbench.workflows.explain_row import RowDecision, RowStory

_SHOWN_CHARACTERS = 400


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("curate")(curate_command)
    data = data_group(app)
    data.command("list")(list_command)
    data.command("show")(show_command)
    data.command("why")(why_command)
    data.command("edits")(edit_commands.edits_command)
    chatter_commands.register(data)
    import_commands.register_data(data)
    version_commands.register(data)
    fix_commands.register(data)
    erase_commands.register(data)


def curate_command(
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a recipe setting for this run: splits.test=0.2"),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only tell what would be done; publish nothing.")
    ] = False,
    rule: Annotated[
        str, typer.Option(help="With --preview: also show rows of which this STAGE.RULE speaks.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="With --rule: how many rows.")] = 10,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Apply recipe.yaml to all imported examples and publish the version that it leaves.

    Example: workbench curate --set length.max_input=8000

    Example: workbench curate --preview --rule typos.corrected --limit 5
    """
    from workbench.workflows.curate import curate

    if preview:
        edit_commands.show_preview(
            find_home(home), overrides or (), rule=rule, limit=limit, as_json=as_json
        )
        return
    if rule:
        raise ConfigError(
            "--rule shows rows of a preview, and this is none.",
            f"Add --preview; of a published version, `workbench data edits {rule}` shows them.",
        )
    result = curate(find_home(home), overrides=overrides or ())
    show(result, _curate_lines(result), as_json=as_json)


def list_command(
    home: HomeOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """List imported files and published versions.

    Example: workbench data list
    """
    from workbench.workflows.data import list_data

    result = list_data(find_home(home))
    show(result, _list_lines(result), as_json=as_json)


def show_command(
    version: Annotated[
        str, typer.Argument(help="Digest, its beginning, latest, latest:examples or latest:pairs.")
    ] = "latest",
    split: Annotated[str | None, typer.Option(help="Only rows of this split.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 5,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show rows of a version as training will see them.

    Example: workbench data show latest:examples --split test --limit 3
    """
    from workbench.workflows.data import show_version

    result = show_version(find_home(home), version, split=split, limit=limit)
    show(result, _show_lines(result), as_json=as_json)


def why_command(
    row: Annotated[str, typer.Argument(help="Row id, its beginning, or a place: notes.csv:12.")],
    version: Annotated[
        str | None, typer.Option(help="Version whose decisions to tell; default: the last one.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Tell where a row comes from, what was changed in it, and why it is in or out.

    Example: workbench data why notes.csv:12
    """
    from workbench.workflows.explain_row import explain_row

    result = explain_row(find_home(home), row, version=version)
    show(result, _why_lines(result), as_json=as_json)


def _curate_lines(result: CurateResult) -> list[str]:
    rules = rule_lines(result.rules)
    n_dropped = result.n_imported - result.n_kept
    state = "published" if result.is_new else "unchanged, it was published before"
    return [
        *rules,
        "",
        f"{result.n_imported} examples imported, {n_dropped} dropped, {result.n_kept} kept in "
        f"{result.n_groups} groups"
        + (f"; {result.n_quarantined} rows in quarantine." if result.n_quarantined else "."),
        *table(("split", "examples"), list(result.splits.items())),
        *leakage_lines(result.leakage),
        *prompt_lines(result),
        *(["", *curated_pairs_lines(result.pairs), ""] if result.pairs else []),
        f"Version {result.version}: {state}. {result.folder}",
        "Why is a row in or out? workbench data why ROW",
    ]


def _list_lines(result: DataList) -> list[str]:
    if not result.sources and not result.versions:
        return ["Nothing was imported yet. Next: workbench import FILE"]
    sources = [
        (s.source_id, s.file_name, s.status, s.n_rows, s.imported_at) for s in result.sources
    ]
    versions = [
        (
            v.digest + (" *" if v.is_latest else ""),
            v.kind,
            _counts(v.counts),
            v.published_at,
            f"{v.simulated_rows} simulated" if v.simulated_rows else "",
        )
        for v in result.versions
    ]
    lines = table(("source", "file", "status", "rows", "imported"), sources)
    if result.quarantined:
        lines.append(f"quarantined: {_counts(result.quarantined)}")
    if versions:
        lines += ["", *table(("version", "kind", "rows", "published", ""), versions)]
        lines.append("* latest of its kind")
    return lines


def _show_lines(result: VersionView) -> list[str]:
    summary = result.summary
    lines = [f"Version {summary.digest} ({summary.kind}): {_counts(summary.counts)}"]
    for row in result.rows:
        name = getattr(row, "pair_id", row.example_id)
        mark = ", simulated" if row.simulated else ""
        lines += ["", f"── {name} ({row.split}{mark})"]
        lines += [f"{turn['role']}: {_short(turn['content'])}" for turn in row.prompt]
        if hasattr(row, "completion"):
            lines.append(f"completion: {_short(row.completion)}")
        else:
            lines += [f"chosen: {_short(row.chosen)}", f"rejected: {_short(row.rejected)}"]
    return lines if result.rows else [*lines, f"No row in split {result.split}."]


def _why_lines(result: RowStory) -> list[str]:
    lines = [f"Row {result.row_id}"]
    for seen in result.seen_at:
        when = f" on {seen.erased_at}" if seen.erased_at else ""
        lines.append(f"  seen at {seen.file_name}, {seen.locator} ({seen.status}{when})")
    for fix in result.fixes:
        said = f": {fix.reason}" if fix.reason else ""
        lines.append(f"  fixed by {fix.author} at {fix.fixed_at} ({fix.state}){said}")
    if not result.version:
        return [*lines, "  No version says anything of it yet: run workbench curate."]
    for version, decisions in groupby(result.decisions, key=lambda each: each.version):
        lines.append(f"Decisions on the way to version {version}:")
        lines += (line for decision in decisions for line in _decision_lines(decision))
    if result.edits_erased:
        lines.append(
            "  Before and after cannot be shown: the key of the row's source is destroyed."
        )
    if not result.decisions:
        lines.append(f"On the way to version {result.version} no rule had anything to say.")
    here = [place for place in result.places if place.version == result.version]
    for place in here:
        group = f", group {place.group}" if place.group else ""
        lines.append(f"It is in version {result.version}, split {place.split}{group}.")
    if not here:
        lines.append(f"It is not in version {result.version}.")
    if result.of_other_kind:
        lines.append(f"On the way to version {result.of_other_kind[0].version}, besides:")
        lines += (line for decision in result.of_other_kind for line in _decision_lines(decision))
    others = [place for place in result.places if place.version != result.version]
    lines += [f"Also in version {place.version}, split {place.split}." for place in others]
    return lines


def _decision_lines(decision: RowDecision) -> list[str]:
    from workbench.workflows.evidence import in_words

    rule = f"{decision.stage}.{decision.rule}"
    facts = [
        f"{fact.name} {', '.join(part.text for part in fact.parts)}"
        for fact in in_words(decision.evidence)
    ]
    evidence = [f"        ({'; '.join(facts)})"] if facts else []
    said = f"  {decision.action:5} {rule}: {decision.reason}"
    return [said, *evidence, *edit_lines(decision.edits, indent="        ")]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _short(text: str) -> str:
    """Return text for a terminal: bounded, and without characters that would steer it."""
    safe = "".join(c if c.isprintable() or c == "\n" else "�" for c in text[:_SHOWN_CHARACTERS])
    return safe + (" …" if len(text) > _SHOWN_CHARACTERS else "")
