"""`workbench data inspect`: what the model will see, on a terminal, as JSON or as a page."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.groups import data_group
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from training.inspection import Bin, Finding, Inspection, RowView, SideView, Token

EXIT_BLOCKED = 1
_BAR_WIDTH = 40
_NAMED_ROWS = 5
# Two shades of each, in turn, so that one sees where a token ends.
_TRAINED_SHADES = ("\x1b[1;32m", "\x1b[32m")
_MASKED_SHADES = ("\x1b[2m", "\x1b[90m")
_PLAIN = "\x1b[0m"


def register(app: typer.Typer) -> None:
    """Add the command to the `data` group."""
    data_group(app).command("inspect")(inspect_command)


def inspect_command(
    version: Annotated[
        str, typer.Argument(help="Digest, its beginning, latest, latest:examples or latest:pairs.")
    ] = "latest",
    row: Annotated[str, typer.Option(help="Show this one row: its id or the id's beginning.")] = "",
    split: Annotated[
        str | None, typer.Option(help="Default: what training learns from (train, or all pairs).")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = 3,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Count only so many rows, drawn by id; default: all.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Training configuration; default: sft.yaml or dpo.yaml.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page to this file.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show the tokens of rows, trained and masked, and what training would refuse (exit code 1).

    Example: workbench data inspect --limit 2 --html tokens.html
    """
    from workbench.workflows.inspect_rows import inspect_rows, write_inspection_page

    found = inspect_rows(
        find_home(home),
        version,
        split=split,
        row=row,
        n_shown=limit,
        sample=sample,
        config_file=config,
    )
    if html is not None:
        write_inspection_page(found, html)
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    show(found, _lines(found, _coloured if coloured else _marked), as_json=as_json)
    if found.blocked:
        raise typer.Exit(EXIT_BLOCKED)


def _lines(found: Inspection, paint: Callable[[Sequence[Token]], str]) -> list[str]:
    return [
        *_set_lines(found),
        *(line for finding in found.findings for line in _finding_lines(finding)),
        *(line for row in found.rows for line in _row_lines(row, paint)),
        *(["", _legend(paint)] if found.rows else []),
    ]


def _set_lines(found: Inspection) -> list[str]:
    template, limit = found.template, found.limit
    begin, ends = template.begin_token or "none", " ".join(template.end_tokens)
    where = f", split {found.split}" if found.split else ""
    rows = [
        (name, d.minimum, d.median, d.p95, d.maximum, total)
        for name, d, total in (
            ("read", found.lengths, found.n_tokens),
            ("trained", found.trained, found.n_trained),
        )
    ]
    return [
        f"Version {found.version} ({found.kind}){where}: "
        f"{found.n_inspected} of {found.n_rows} rows counted.",
        f"Chat template {template.sha256[:16]}: "
        f"{'closes' if template.closes_turn else 'does not close'} the assistant's turn; "
        f"begin token {begin}, end tokens {ends}.",
        "",
        *table(("tokens a row", "min", "median", "p95", "max", "all rows"), rows),
        *_bars(found.lengths.bins),
        "",
        f"Trained: {_share(found.n_trained, found.n_tokens)} of the tokens. "
        f"Unknown: {found.n_unknown} ({_share(found.n_unknown, found.n_tokens)}).",
        f"Longest row trained on: {limit.tokens} tokens "
        f"({'as configured' if limit.asked else 'fitted to 99 % of the rows'}; "
        f"the model reads {limit.context}). Longer and left out: {found.n_left_out} of "
        f"{found.n_inspected} rows ({_share(found.n_left_out, found.n_inspected)}), with "
        f"{found.n_trained_lost} trained tokens.",
    ]


def _bars(bins: Sequence[Bin]) -> Iterator[str]:
    most = max(bin_.count for bin_ in bins)
    width = len(str(bins[-1].high))
    for bin_ in bins:
        bar = "█" * -(-_BAR_WIDTH * bin_.count // most)  # rounded up: one row still shows
        yield f"{bin_.low:>{width}}–{bin_.high - 1:<{width}} {bar} {bin_.count}"


def _finding_lines(finding: Finding) -> list[str]:
    lines = [f"{finding.severity} {finding.rule}: {finding.message}"]
    if finding.n_rows:
        named = ", ".join(finding.row_ids[:_NAMED_ROWS])
        more = ", …" if finding.n_rows > _NAMED_ROWS else ""
        lines.append(f"  {finding.n_rows} row{'s' if finding.n_rows > 1 else ''}: {named}{more}")
    return lines


def _row_lines(row: RowView, paint: Callable[[Sequence[Token]], str]) -> list[str]:
    lines = ["", f"── {row.row_id} ({row.split}), {row.length} tokens"]
    if row.problem:
        lines.append(f"error: {row.problem}")
    if row.left_out:
        lines.append(f"left out as too long, with {row.n_trained_lost} trained tokens")
    lines += [f"{text.turn} spells out {text.token}" for text in row.control_in_text]
    for view in row.sides:
        lines += [_side_line(view), paint(view.tokens)]
    return lines


def _side_line(view: SideView) -> str:
    side = view.side
    beyond = f", {view.n_trained_beyond} of them beyond the limit" if view.n_trained_beyond else ""
    return (
        f"{side.name}: {side.n_prompt} masked, {side.n_trained} trained{beyond}; "
        f"begin tokens {side.n_begin}, end tokens trained {side.n_end_trained}"
    )


def _coloured(tokens: Sequence[Token]) -> str:
    shades = [
        (_TRAINED_SHADES if token.trained else _MASKED_SHADES)[index % 2]
        for index, token in enumerate(tokens)
    ]
    painted = (
        f"{shade}{_safe(token.text)}{_PLAIN}" for shade, token in zip(shades, tokens, strict=True)
    )
    return "".join(painted)


def _marked(tokens: Sequence[Token]) -> str:
    """Return the text with ⟦trained⟧ stretches in brackets, for output without colours."""
    parts = []
    inside = False
    for token in tokens:
        if token.trained is not inside:
            parts.append("⟦" if token.trained else "⟧")
            inside = token.trained
        parts.append(_safe(token.text))
    return "".join(parts) + ("⟧" if inside else "")


def _legend(paint: Callable[[Sequence[Token]], str]) -> str:
    if paint is _marked:
        return "⟦in brackets⟧: trained; the rest is masked."
    return f"{_TRAINED_SHADES[0]}trained{_PLAIN} {_MASKED_SHADES[0]}masked{_PLAIN}"


def _safe(text: str) -> str:
    """Return text without characters that would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
