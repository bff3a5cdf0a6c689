"""Show rows of a version as the model will see them, and what training would refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from training import DpoConfig, SftConfig
from workbench.config import load_config
from workbench.files import write_atomic
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.progress import track
from workbench.settings import load_settings
from workbench.store import resolve_version
from workbench.workflows.serve_models import base_folder

if TYPE_CHECKING:
    from training.inspection import Inspection


def inspect_rows(
    home: Home,
    version: str = "latest",
    *,
    split: str | None = None,
    row: str = "",
    n_shown: int = 3,
    sample: int | None = None,
    config_file: Path | None = None,
) -> Inspection:
    """Count the tokens of a split and show rows of it, as the next training run will read them.

    Args:
        home: The project.
        version: Reference of a version of examples or pairs.
        split: A split; None for what training learns from: the train split, or all pairs.
        row: Beginning of the id of the one row to show.
        n_shown: How many rows to show, if `row` is empty.
        sample: Count only so many rows, drawn by their ids; None counts all.
        config_file: The training configuration; None for the home's `sft.yaml` or `dpo.yaml`.

    Raises:
        ConfigError: A setting is unknown or wrong, or the base model cannot be used.
        EmptySplitError: There is no row to look at.
        NotFoundError: There is no such version or row.
        TrainingError: The length asked for is beyond the model, or the template refuses a prompt.
    """
    rows = resolve_version(home, version)
    base = base_folder(load_settings(home.settings_file).base_model)
    from training.inspector import LengthRule, Question, inspect_version
    from training.process import quiet_libraries

    rule = LengthRule(*_length_settings(home, rows, config_file))
    question = Question(split=split, row=row, n_shown=n_shown, sample=sample)
    with quiet_libraries(), track("Count tokens") as progress:
        return inspect_version(
            rows,
            base,
            rule,
            question=question,
            report=lambda done, total: progress.update(done, total=total),
        )


def write_inspection_page(inspection: Inspection, file: Path) -> None:
    """Write an inspection as one HTML page that needs nothing else; its owner alone may read it."""
    from workbench.workflows.inspection_page import render_inspection

    write_atomic(file, render_inspection(inspection))


def _length_settings(
    home: Home, version: VersionFolder, config_file: Path | None
) -> tuple[int | None, float]:
    """Return the longest row asked for, and the share of prompts held out."""
    if version.manifest.kind == "examples":
        return load_config(config_file or home.sft_file, SftConfig).max_length, 0.0
    dpo = load_config(config_file or home.dpo_file, DpoConfig)
    return dpo.max_length, dpo.eval_fraction
