"""`workbench annotate calibrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.calibration_lines import calibrated_lines
from workbench.cli.label_options import (
    AnswersOption,
    ComparedKind,
    ComparedKindArgument,
    LabelledSplitOption,
    LabelledVersionOption,
    RankedOption,
    answer_set_of,
)
from workbench.cli.options import DebugOption, HomeOption, JsonOption, show
from workbench.home import find_home


def calibrate(
    reference: Annotated[
        str,
        typer.Option(
            "--reference",
            help="Who or what is right: a person of the roster, or a JSON Lines file of answers.",
        ),
    ],
    kind: ComparedKindArgument = ComparedKind.instructions,
    items: Annotated[
        int | None,
        typer.Option("--items", min=1, help="So many records; of a file, default: all of it."),
    ] = None,
    version: LabelledVersionOption = "",
    split: LabelledSplitOption = "train",
    answers: AnswersOption = None,
    ranked: RankedOption = 3,
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

    project, answer_set = find_home(home), answer_set_of(kind, answers)
    if kind is ComparedKind.instructions:
        result = annotate_calibrate.calibrate_instructions(
            project, reference=reference, version=version, split=split, n_items=items, seed=seed
        )
    elif kind is ComparedKind.preferences:
        result = annotate_calibrate.calibrate_preferences(
            project, reference=reference, answer_set=answer_set, n_items=items, seed=seed
        )
    else:
        result = annotate_calibrate.calibrate_rankings(
            project,
            reference=reference,
            answer_set=answer_set,
            n_answers=ranked,
            n_items=items,
            seed=seed,
        )
    show(result, calibrated_lines(result), as_json=as_json)
