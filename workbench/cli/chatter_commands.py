"""`workbench data chatter`: label sentences, and train the classifier of chatter on the labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import DebugOption, HomeOption, JsonOption, show
from workbench.home import find_home

if TYPE_CHECKING:
    from workbench.workflows.chatter_model import TrainedChatterModel


def register(data: typer.Typer) -> None:
    """Add the group to `workbench data`."""
    chatter = typer.Typer(
        help="Label sentences as chatter or not, and train a classifier on the labels.",
        no_args_is_help=True,
    )
    chatter.command("sample")(sample_command)
    chatter.command("label")(label_command)
    chatter.command("train")(train_command)
    data.add_typer(chatter, name="chatter")


def sample_command(
    file: Annotated[Path, typer.Argument(help="JSON Lines file to write; must not exist.")],
    limit: Annotated[int, typer.Option(min=1, help="How many sentences.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other sentences.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write sentences of the latest version that nobody labelled, to label them in an editor.

    Example: workbench data chatter sample sentences.jsonl --limit 100
    """
    from workbench.workflows.chatter_model import sample_sentences

    result = sample_sentences(find_home(home), file, n_sentences=limit, seed=seed)
    lines = [
        f"{result.n_sentences} sentences in {result.file}; only you can read it.",
        'Write "chatter" or "keep" as label of each; those left empty are passed over.',
        f"Next: workbench data chatter label {result.file}",
    ]
    show(result, lines, as_json=as_json)


def label_command(
    file: Annotated[Path, typer.Argument(help="JSON Lines with row, sentence and label.")],
    author: Annotated[str, typer.Option(help="Who labelled.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Take over labels of sentences from a file; the last label of a sentence counts.

    Example: workbench data chatter label sentences.jsonl --author anna
    """
    from workbench.workflows.chatter_model import import_labels

    result = import_labels(find_home(home), file, author=author)
    lines = [
        f"{result.n_chatter} sentences labelled as chatter, {result.n_keep} as to be kept; "
        f"{result.n_unlabelled} have no label.",
        "Next: workbench data chatter train",
    ]
    show(result, lines, as_json=as_json)


def train_command(
    name: Annotated[str, typer.Option(help="Under which name to keep it.")] = "default",
    precision: Annotated[
        float, typer.Option(help="Share of what is removed that has to be chatter, 0.5-1.")
    ] = 0.95,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Train the classifier of chatter on every label, and tell how good it is.

    Labels come from findings of chatter that were accepted or undone for a row, and from files.

    Example: workbench data chatter train --precision 0.98
    """
    from workbench.workflows.chatter_model import train_chatter

    result = train_chatter(find_home(home), name=name, precision=precision)
    show(result, _trained_lines(result), as_json=as_json)


def _trained_lines(result: TrainedChatterModel) -> list[str]:
    low, high = result.precision_interval
    precision = (
        "none was called chatter"
        if result.precision is None
        else f"{result.precision:.3f} ({result.n_right}/{result.n_called}; "
        f"95 % interval {low:.3f}-{high:.3f})"
    )
    return [
        f"Learned from {result.n_labels} distinct sentences, {result.n_chatter} of them chatter.",
        "On sentences that it had not seen (five-fold cross-validation):",
        f"  precision {precision}",
        f"  recall    {result.recall:.3f} ({result.n_right}/{result.n_chatter})",
        f"A sentence goes from a probability of {result.threshold:.3f} on. {result.file}",
        f"Next: workbench curate --preview --set wording.chatter_model={result.name} "
        "--rule chatter.model",
    ]
