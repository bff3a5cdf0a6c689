"""Options of the commands that say what is labelled, and how."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from workbench.errors import AnnotationError


class ComparedKind(StrEnum):
    """What can be compared with reference answers."""

    instructions = "instructions"
    preferences = "preferences"
    rankings = "rankings"


class Kind(StrEnum):
    """What is labelled."""

    instructions = "instructions"
    preferences = "preferences"
    rankings = "rankings"
    cleaning = "cleaning"


_KIND = typer.Argument(help="What is labelled.")
KindArgument = Annotated[Kind, _KIND]
ComparedKindArgument = Annotated[ComparedKind, _KIND]
DatasetOption = Annotated[
    str, typer.Option("--dataset", help="Dataset in Argilla; default: the one pushed last.")
]
LabelledVersionOption = Annotated[
    str,
    typer.Option(
        "--version",
        help="Version whose examples are labelled; default: the latest, or the one it was "
        "pulled from.",
    ),
]
LabelledSplitOption = Annotated[str, typer.Option("--split", help="Split of that version.")]
AnswersOption = Annotated[
    str | None,
    typer.Option("--answers", help="Set of generated answers, for preferences and rankings."),
]
RankedOption = Annotated[
    int, typer.Option("--ranked", min=3, max=4, help="Answers to rank, for rankings.")
]


def answer_set_of(kind: Kind | ComparedKind, answers: str | None) -> str:
    """Return the set of answers that is compared; empty for a kind that compares none.

    Raises:
        AnnotationError: A set is named that the kind does not take, or it needs one.
    """
    compares = kind.value in ("preferences", "rankings")
    if not compares and answers is not None:
        raise AnnotationError("--answers is for preferences and rankings.", "Leave it out.")
    if compares and answers is None:
        raise AnnotationError(
            f"{kind.capitalize()} need a set of generated answers.",
            "Name one of the folders of answers/ with --answers; `workbench generate` makes them.",
        )
    return answers or ""
