"""The command that checks a version for leakage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.groups import data_group
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show, table
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.curation.leakage.report import LeakReport
    from workbench.workflows.check_leakage import LeakageResult

_SHOWN_LEAKS = 20
_EXIT_LEAKING = 2
_MEANINGS = {
    "clean": "no evaluation text was found in training rows.",
    "suspect": "some evaluation text stands in training rows; look at the findings. Training "
    "accepts it.",
    "leaking": "the model would learn from the very inputs that it is evaluated on.",
}


def register(app: typer.Typer) -> None:
    """Add the command to those on data."""
    data_group(app).command("leakage")(leakage_command)


def leakage_command(
    version: Annotated[
        str, typer.Argument(help="Digest, its beginning, or latest:examples.")
    ] = "latest:examples",
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Evaluation file: CSV, TSV, JSON, JSON Lines, Parquet or text."),
    ] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of these files.")] = "utf-8",
    model: Annotated[
        Path | None,
        typer.Option(help="Folder of a model2vec model, to look for texts of like meaning too."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1,
            help="Least cosine of such texts; left out, as the version's recipe has it.",
        ),
    ] = None,
    dismiss: Annotated[
        str | None,
        typer.Option(help="Why nothing is evaluated on the files: they stop no training then."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> int:
    """Search the train rows of a version for text of its other splits and of evaluation files.

    What is found of a file is kept: `workbench data card` shows it, and `workbench train sft`
    refuses the version if it leaks, until --dismiss says why that does not matter. Ends with exit
    code 2 if an input is both learned and evaluated on.

    Example: workbench data leakage latest:examples --against mmlu.csv --against our-eval.jsonl
    """
    from workbench.workflows.check_leakage import check_leakage, dismiss_leakage

    if dismiss is not None:
        dismissed = dismiss_leakage(find_home(home), version, against or (), reason=dismiss)
        lines = [f"{file}: nothing is evaluated on it; it stops no training." for file in dismissed]
        show(dismissed, lines, as_json=as_json)
        return 0
    result = check_leakage(
        find_home(home),
        version,
        against=against or (),
        encoding=encoding,
        model=model,
        threshold=threshold,
    )
    show(result, _lines(result), as_json=as_json)
    return _EXIT_LEAKING if result.report.verdict == "leaking" else 0


def _lines(result: LeakageResult) -> list[str]:
    report = result.report
    skipped = [
        f"{file.file}: {file.n_unreadable} rows cannot be read and were not searched for."
        for file in result.files
        if file.n_unreadable
    ]
    skipped += [
        f"{file}: curation searched for it as well; name it with --against to see what it shares."
        for file in result.not_searched
    ]
    return [
        f"Version {result.version}, {report.n_train_rows} train rows searched.",
        *skipped,
        *_set_lines(report),
        "",
        *_leak_lines(result),
        f"Verdict: {report.verdict}: {_MEANINGS[report.verdict]}",
    ]


def _set_lines(report: LeakReport) -> list[str]:
    if not report.sets:
        return ["There is nothing to search for: no other split, and no --against FILE."]
    tiers = list(report.sets[0].by_tier)
    lengths = list(report.sets[0].raw_spans)
    headings = [
        "evaluation set",
        "rows",
        "too short",
        "found",
        *tiers,
        *(f"{n}+ words" for n in lengths),
        *(f"{n}+ specific" for n in lengths),
    ]
    rows = [
        (
            one.evaluation_set,
            one.n_rows,
            one.n_too_short,
            one.n_leaking,
            *one.by_tier.values(),
            *one.raw_spans.values(),
            *one.specific_spans.values(),
        )
        for one in report.sets
    ]
    return table(headings, rows)


def _leak_lines(result: LeakageResult) -> list[str]:
    """Return one line for each two rows that share text, those of the named files first."""
    from workbench.curation.leakage.report import strongest_by_pair

    files = {file.file for file in result.files}
    leaks = sorted(
        strongest_by_pair(result.report.leaks), key=lambda leak: leak.evaluation_set not in files
    )
    if not leaks:
        return []
    rows = [
        (
            f"{leak.train_row} ({leak.train_part})",
            f"{leak.evaluation_set} {leak.evaluation_row} ({leak.evaluation_part})",
            leak.tier,
            leak.score,
            f"{leak.specific_words} of {leak.span_words} words specific" if leak.span_words else "",
        )
        for leak in leaks[:_SHOWN_LEAKS]
    ]
    lines = table(("train row", "evaluation row", "strongest tier", "score", ""), rows)
    if (n_more := len(leaks) - _SHOWN_LEAKS) > 0:
        lines.append(f"… and {n_more} more: --json lists them all.")
    return lines
