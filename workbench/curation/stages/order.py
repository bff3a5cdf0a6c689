"""Which stages a recipe asks for, in the order in which rows pass them."""

from __future__ import annotations

from workbench.curation.outcomes import RowStage
from workbench.curation.recipe import Recipe
from workbench.curation.stages.clean import CleanStage
from workbench.curation.stages.complete import CompleteStage
from workbench.curation.stages.length import LengthStage
from workbench.curation.stages.quality import QualityStage
from workbench.curation.stages.redact import RedactStage
from workbench.task import Task

ROW_STAGES = ("clean", "redact", "length", "complete", "quality")
SET_STAGES = ("duplicates", "splits", "leakage")
STAGES = (*ROW_STAGES, *SET_STAGES)


def row_stages(recipe: Recipe, task: Task) -> tuple[RowStage, ...]:
    """Return the stages that look at one row alone."""
    return (
        CleanStage(recipe.clean),
        RedactStage(recipe.redact),
        LengthStage(recipe.length),
        CompleteStage(recipe.complete, task.output),
        QualityStage(recipe.quality),
    )
