"""Read what a selection aims at, and never aim at the test split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.leakage.evaluation_files import read_evaluation_file
from workbench.curation.leakage.texts import LeakTexts
from workbench.curation.selection.rules import SelectionRules
from workbench.curation.selection.sets import Aim, aim_at_file, aim_at_half
from workbench.curation.text import canonical
from workbench.errors import DataError, EmptySplitError, LeakageError
from workbench.manifest import VersionFolder
from workbench.records import Example
from workbench.version_rows import read_examples


@dataclass(frozen=True, slots=True)
class SelectionSplits:
    """The rows of the parent, by what a selection may do with them."""

    train: list[Example]
    validation: list[Example]
    others: list[Example]


def read_splits(parent: VersionFolder) -> SelectionSplits:
    """Return the rows of a version.

    Raises:
        EmptySplitError: There is no training row, or no validation row to measure by.
    """
    splits = SelectionSplits([], [], [])
    places = {"train": splits.train, "validation": splits.validation}
    for row in read_examples(parent):
        places.get(row.split, splits.others).append(row)
    digest = parent.manifest.digest
    if not splits.train:
        raise EmptySplitError(
            f"Version {digest} has no train split to select from.",
            "Name another one: `workbench data list`.",
        )
    if not splits.validation:
        raise EmptySplitError(
            f"Version {digest} has no validation split to measure a selection by.",
            "Give splits.validation a share in recipe.yaml, then `workbench curate`.",
        )
    return splits


def find_aim(
    parent: VersionFolder, splits: SelectionSplits, rules: SelectionRules, target: Path | None
) -> Aim:
    """Return what a selection aims at and what it is measured by. See `select_examples`.

    Raises:
        EmptySplitError: Nothing is left to measure by.
        LeakageError: The target file holds an input of the test split.
        ImportFileError: The target file cannot be read.
        DataError: It holds no input.
    """
    if target:
        aim = aim_at_file(_target_texts(target, splits.others), splits.validation, seed=rules.seed)
    elif rules.by == "similarity":
        aim = aim_at_half(splits.validation, seed=rules.seed)
    else:
        aim = aim_at_file((), splits.validation, seed=rules.seed)
    if not aim.held_out:
        raise EmptySplitError(
            f"The validation split of version {parent.manifest.digest} has no row that the "
            "selection did not aim at and that it could be measured by.",
            "Aim at other inputs with --target FILE, or give splits.validation a larger share.",
        )
    return aim


def _target_texts(file: Path, others: Sequence[Example]) -> list[str]:
    texts = LeakTexts()
    read_evaluation_file(file, texts)
    tested = {canonical(row.input) for row in others if row.split == "test"}
    for row, text in zip(texts.rows, texts.texts, strict=True):
        if canonical(text) in tested:
            raise LeakageError(
                f"{file}, {row}, is an input of the test split: what is selected to be like it "
                "would be tested on it.",
                "Take inputs from elsewhere, or leave out --target for the validation split.",
            )
    inputs = [text for part, text in zip(texts.parts, texts.texts, strict=True) if part != "output"]
    if not inputs:
        raise DataError(
            f"{file} holds answers but no inputs that rows could be like.",
            "Give a file with the inputs in a column, such as `input`, or one a line.",
        )
    return inputs
