"""Which stages a recipe asks for, in the order in which rows pass them."""

from __future__ import annotations

from workbench.curation.outcomes import RowStage
from workbench.curation.recipe import Recipe
from workbench.curation.stages.clean import CleanStage
from workbench.curation.stages.complete import CompleteStage
from workbench.curation.stages.length import LengthStage
from workbench.curation.stages.personal_data import PersonalDataStage
from workbench.curation.stages.quality import QualityStage
from workbench.task import Task

ROW_STAGES = ("clean", "personal_data", "length", "complete", "quality")
SET_STAGES = ("duplicates", "splits", "leakage")
STAGES = (*ROW_STAGES, *SET_STAGES)


def row_stages(recipe: Recipe, task: Task, surrogate_key: bytes) -> tuple[RowStage, ...]:
    """Return the stages that look at one row alone."""
    return (
        CleanStage(recipe.clean),
        PersonalDataStage(recipe.personal_data, surrogate_key),
        LengthStage(recipe.length),
        CompleteStage(recipe.complete, task.output),
        QualityStage(recipe.quality),
    )
