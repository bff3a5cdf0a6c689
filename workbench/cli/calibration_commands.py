"""`workbench annotate calibrate`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from workbench.cli.calibration_lines import calibrated_lines
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show
from workbench.errors import AnnotationError
from workbench.home import find_home


class ComparedKind(StrEnum):
    """What can be compared with reference answers."""

    instructions = "instructions"
    preferences = "preferences"
    rankings = "rankings"


def calibrate(
    reference: Annotated[
        str,
        typer.Option(
            "--reference",
            help="Who or what is right: a person of the roster, or a JSON Lines file of answers.",
        ),
    ],
    kind: Annotated[
        ComparedKind, typer.Argument(help="What is labelled.")
    ] = ComparedKind.instructions,
    items: Annotated[
        int | None,
        typer.Option("--items", min=1, help="So many records; of a file, default: all of it."),
    ] = None,
    version: Annotated[
        str,
        typer.Option(
            "--version",
            help="Version whose examples are labelled; default: the latest, or the one it was "
            "pulled from.",
        ),
    ] = "",
    split: Annotated[str, typer.Option("--split", help="Split of that version.")] = "train",
    answers: Annotated[
        str | None,
        typer.Option("--answers", help="Set of generated answers, for preferences and rankings."),
    ] = None,
    ranked: Annotated[
        int, typer.Option("--ranked", min=3, max=4, help="Answers to rank, for rankings.")
    ] = 3,
    seed: Annotated[int, typer.Option("--seed", help="Draws the records and the blind order.")] = 7,
    home: HomeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Push records that everybody answers first; `annotate progress` compares with a reference.

    Nothing is ever learned from what people answer there.

    Example: workbench annotate calibrate instructions --reference dora --items 10
    """
    from workbench.workflows import annotate_calibrate

    project = find_home(home)
    if kind is ComparedKind.instructions:
        if answers is not None:
            raise AnnotationError("--answers is for preferences and rankings.", "Leave it out.")
        result = annotate_calibrate.calibrate_instructions(
            project, reference=reference, version=version, split=split, n_items=items, seed=seed
        )
    elif answers is None:
        raise AnnotationError(
            f"{kind.capitalize()} need a set of generated answers.",
            "Name it with --answers; the sets are the folders of answers/.",
        )
    elif kind is ComparedKind.preferences:
        result = annotate_calibrate.calibrate_preferences(
            project, reference=reference, answer_set=answers, n_items=items, seed=seed
        )
    else:
        result = annotate_calibrate.calibrate_rankings(
            project,
            reference=reference,
            answer_set=answers,
            n_answers=ranked,
            n_items=items,
            seed=seed,
        )
    show(result, calibrated_lines(result), as_json=as_json)
