"""`workbench data erase`: make what was imported from a file unreadable for good."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.errors import ConfigError
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.store import SealedContent
    from workbench.workflows.erase_sources import Erased, Erasure


def register(data: typer.Typer) -> None:
    """Add the command to `workbench data`."""
    data.command("erase")(erase_command)


def erase_command(
    files: Annotated[
        list[str],
        typer.Argument(help="Imported files: name, id or its beginning, as data list shows them."),
    ],
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase without a question; it cannot be undone.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Erase imported files for good: their rows, and what is kept of these, can be read no more.

    It tells first what goes and what does not, and asks. Interrupted, it is completed by the same
    command.

    Example: workbench data erase notes.csv
    """
    from workbench.workflows.erase_sources import erase_sources, plan_erasure

    folder = find_home(home)
    if not yes:
        plan = plan_erasure(folder, files)
        print("\n".join(_plan_lines(plan)), file=sys.stderr)
        _ask(files)
        files = [source.source_id for source in plan.sources]  # what was agreed to, nothing else
    result = erase_sources(folder, files)
    show(result, _erased_lines(result), as_json=as_json)


def _ask(files: Sequence[str]) -> None:
    if not sys.stdin.isatty():
        raise ConfigError(
            "Nothing was erased: it cannot be undone, and there is nobody to ask.",
            f"If all of the above may go: `workbench data erase {' '.join(files)} --yes`.",
        )
    typer.confirm("Erase this for good?", abort=True, err=True)


def _plan_lines(erasure: Erasure) -> list[str]:
    return [
        *_source_lines(erasure),
        "What goes:",
        *_indented(_sealed(erasure.content)),
        *_indented(["what curation remembers of these rows, and what killed commands left"]),
        *_indented(_models(erasure)),
        *_staying_lines(erasure),
    ]


def _erased_lines(result: Erased) -> list[str]:
    erasure = result.erasure
    names = ", ".join(f"{source.file_name} ({source.source_id})" for source in erasure.sources)
    return [
        f"Erased {names}. Gone:",
        *_indented(_sealed(erasure.content)),
        *_indented(_remembered(result)),
        *_indented(_models(erasure)),
        *_staying_lines(erasure),
        "Next: workbench curate",
    ]


def _source_lines(erasure: Erasure) -> list[str]:
    rows = [
        (s.source_id, s.file_name, s.imported_at, f"erased {s.erased_at}" if s.erased_at else "")
        for s in erasure.sources
    ]
    return table(("source", "file", "imported", ""), rows)


def _sealed(content: SealedContent) -> Iterator[str]:
    shared = f", of which {content.n_elsewhere} stand in other files too and stay there"
    for line in _counted(content.n_rows, "imported row", "imported rows"):
        yield line + (shared if content.n_elsewhere else "")
    yield from _counted(content.n_quarantined, "quarantined row", "quarantined rows")
    for line in _counted(content.n_edited, "row", "rows"):
        yield f"before and after of what rules changed in {line}"
    yield from _counted(content.n_fixes, "text fixed by hand", "texts fixed by hand")
    yield from _counted(content.n_labels, "labelled sentence", "labelled sentences")


def _remembered(result: Erased) -> list[str]:
    rows = _counted(result.n_remembered, "row", "rows")
    return [
        *(f"what curation remembered of {line}" for line in rows),
        *_counted(
            result.n_leftovers,
            "leftover of a killed command or an upload",
            "leftovers of killed commands and uploads",
        ),
    ]


def _models(erasure: Erasure) -> list[str]:
    return [
        f"the chatter model {name}; without these sentences: workbench data chatter train "
        f"--name {name}"
        for name in erasure.chatter_models
    ]


def _staying_lines(erasure: Erasure) -> list[str]:
    """Tell what is not erased; versions never change, and other things are not the store's."""
    lines = ["What stays until you remove it:"]
    for copy in erasure.remaining:
        lines.append(f"  {copy.kind} {copy.name}: {copy.holds}")
        lines.append(f"    {copy.removal}")
    lines += _indented(erasure.elsewhere)
    lines.append("In the store the file's name, and ids, places and decisions of rows, stay too.")
    return lines


def _counted(count: int, one: str, several: str) -> list[str]:
    """Return a line for a count, or none for 0."""
    return [f"{count} {one if count == 1 else several}"] if count else []


def _indented(lines: Iterator[str] | Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
