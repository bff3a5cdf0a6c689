"""Commands that bring files in, and mend what could not be brought in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.curation.importing.preview import FilePreview
    from workbench.workflows.import_files import ImportedFile, ImportResult
    from workbench.workflows.preview_import import ImportPreview
    from workbench.workflows.quarantine import FixResult, QuarantineEntry

_SHOWN_CHARACTERS = 400


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("import")(import_command)


def register_data(data: typer.Typer) -> None:
    """Add what belongs to `workbench data`."""
    data.command("quarantine")(quarantine_command)


def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV, TSV, JSON Lines, JSON, Parquet, Arrow, XLSX, XLS or ODS files, folders of "
            "these, folders saved by datasets, a LLaMA-Factory dataset_info.json; with --join "
            "also DOCX, PDF, Markdown and text."
        ),
    ],
    mapping: Annotated[
        str,
        typer.Option(
            "--map",
            help="Columns to use: input=COLUMN,output=COLUMN,rejected=COLUMN,ratings=COLUMN,"
            "group=COLUMN; A+B joins two columns; a name with , = or + stands in double quotes. "
            "names=A+B: names in these are replaced in the row's texts.",
        ),
    ] = "",
    join: Annotated[
        Path | None,
        typer.Option("--join", help="File or folder with the answers, where they stand apart."),
    ] = None,
    on: Annotated[
        str,
        typer.Option("--on", help="Key of both files: id, or note_id=id; documents: their names."),
    ] = "",
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl, parquet, …; default: by suffix.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout",
            help="columns, alpaca, prompt-completion, openai, sharegpt, preference, ranked, "
            "rated or rated-rows; default: by columns and values.",
        ),
    ] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of the text.")] = "utf-8",
    licence: Annotated[
        str, typer.Option(help="Licence of the texts; it goes with the data set.")
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take earlier files of the same name out of force.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show how the files would be read.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Import files into examples; rows that cannot be used are quarantined with their reason.

    Example: workbench import notes.csv --map input=dialogue,output=section_text,group=client
    """
    from workbench.workflows.import_files import import_files
    from workbench.workflows.preview_import import preview_import

    if preview:
        seen = preview_import(
            files,
            mapping=mapping,
            file_format=file_format,
            layout=layout,
            encoding=encoding,
            join=join,
            on=on,
        )
        show(seen, _preview_lines(seen), as_json=as_json)
        return
    result = import_files(
        find_home(home),
        files,
        mapping=mapping,
        file_format=file_format,
        layout=layout,
        encoding=encoding,
        join=join,
        on=on,
        licence=licence,
        replace=replace,
    )
    show(result, _import_lines(result), as_json=as_json)


def quarantine_command(
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 20,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="Write all of them to a JSON Lines file, to be mended."),
    ] = None,
    fix: Annotated[
        Path | None, typer.Option("--fix", help="Take back such a file, with input and output.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show rows that could not be imported, each with its place and reason, or mend them.

    Example: workbench data quarantine --export bad.jsonl
    """
    from workbench.workflows.quarantine import export_quarantine, fix_quarantine, list_quarantine

    folder = find_home(home)
    if export and fix:
        raise typer.BadParameter("--export and --fix go one after the other.")
    if export:
        written = export_quarantine(folder, export)
        lines = [
            f"{written.n_rows} rows written to {written.file}, readable by you only.",
            "Fill in input and output, then: workbench data quarantine --fix FILE",
        ]
        show(written, lines, as_json=as_json)
    elif fix:
        fixed = fix_quarantine(folder, fix)
        show(fixed, _fix_lines(fixed), as_json=as_json)
    else:
        rows = list_quarantine(folder, limit=limit)
        show(rows, _quarantine_lines(rows), as_json=as_json)


def _import_lines(result: ImportResult) -> list[str]:
    lines = [line for file in result.files for line in _file_lines(file)]
    return [*lines, *_skipped_lines(result.skipped), "Next: workbench curate"]


def _file_lines(file: ImportedFile) -> list[str]:
    columns = ", ".join(f"{role} = {column}" for role, column in file.columns.items())
    if file.status == "known":
        lines = [f"{file.file}: imported before, nothing added ({file.n_examples} examples)."]
    else:
        known = file.n_examples - file.n_new_examples
        again = f", {known} of them also in earlier files" if known else ""
        lines = [f"{file.file}: {file.n_examples} examples{again}."]
    lines.append(f"  columns: {columns}; encoding: {file.encoding}")
    lines.append(f"  format: {file.format}; layout: {file.layout}")
    if file.n_ties:
        lines.append(f"  ties: {file.n_ties} answers are rated like the best one and make no pair")
    if file.quarantined:
        total = sum(file.quarantined.values())
        lines.append(f"  quarantined: {total} ({_counts(file.quarantined)}). {file.remedy}")
    lines += [f"  takes the place of {earlier}" for earlier in file.replaced]
    return lines


def _preview_lines(preview: ImportPreview) -> list[str]:
    lines = [line for file in preview.files for line in _file_preview_lines(file)]
    return [*lines, *_skipped_lines(preview.skipped), "Nothing was imported."]


def _file_preview_lines(file: FilePreview) -> list[str]:
    lines = [
        f"{file.file}: format {file.format}, encoding {file.encoding}, "
        f"layout {file.layout or 'unknown'}"
    ]
    columns = [(c.name, c.role, c.why, _short(c.example)[:40]) for c in file.columns]
    lines += table(("column", "role", "why", "example"), columns)
    if file.problem:
        return [*lines, file.problem, file.hint]
    for row in file.rows:
        lines += ["", f"── {row.place}", f"input: {_short(row.input)}"]
        lines += [f"output: {_short(row.output)}"]
        lines += [f"rejected: {_short(row.rejected)}"] if row.rejected else []
        lines += [f"group: {_short(row.group)}"] if row.group else []
    n_bad = sum(file.reasons.values())
    lines += ["", f"Of the first {file.n_rows} rows {n_bad} cannot be used."]
    return lines + [f"  {bad.place}: {bad.reason}. {bad.detail}" for bad in file.bad_rows]


def _fix_lines(result: FixResult) -> list[str]:
    lines = [f"{result.n_mended} rows mended: they are examples now."]
    for row in result.still_bad:
        lines.append(f"{row.file_name}, {row.place}: still {row.reason}. {row.detail}")
    if result.n_unknown:
        lines.append(f"{result.n_unknown} rows are not in quarantine: mended or replaced before.")
    return [*lines, f"{result.n_left} rows are left in quarantine.", "Next: workbench curate"]


def _quarantine_lines(rows: Sequence[QuarantineEntry]) -> list[str]:
    if not rows:
        return ["No row is quarantined."]
    lines = []
    for row in rows:
        lines.append(f"{row.file_name}, {row.place}: {row.reason}. {row.detail}")
        lines.append(f"  {_short(row.raw.rstrip())}")
    return [*lines, "Mend them: workbench data quarantine --export FILE"]


def _skipped_lines(skipped: Sequence[str]) -> list[str]:
    return [f"left out: {line}" for line in skipped]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _short(text: str) -> str:
    """Return text for a terminal: bounded, and without characters that would steer it."""
    safe = "".join(c if c.isprintable() or c == "\n" else "�" for c in text[:_SHOWN_CHARACTERS])
    return safe + (" …" if len(text) > _SHOWN_CHARACTERS else "")
