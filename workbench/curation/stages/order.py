"""Which stages a recipe asks for, in the order in which rows pass them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.curation.outcomes import MANUAL, RowStage
from workbench.curation.recipe import Recipe
from workbench.curation.stages import wording
from workbench.curation.stages.clean import CleanStage
from workbench.curation.stages.complete import CompleteStage
from workbench.curation.stages.length import LengthStage
from workbench.curation.stages.personal_data import PersonalDataStage
from workbench.curation.stages.quality import QualityStage
from workbench.curation.wording.chatter_model import ChatterModel
from workbench.curation.wording.word_counts import WordCounts
from workbench.task import Task

ROW_STAGES = ("clean", *wording.NAMES, "personal_data", "length", "complete", "quality")
SET_STAGES = ("duplicates", "splits", "leakage", "pairs")
STAGES = (MANUAL, *ROW_STAGES, *SET_STAGES)


@dataclass(frozen=True, slots=True)
class StageNeeds:
    """What the stages need beside the recipe.

    Attributes:
        task: The task file.
        surrogate_key: What surrogates of personal data are drawn with.
        counts: Words of the project's texts.
        chatter_model: The classifier that the recipe names.
    """

    task: Task
    surrogate_key: bytes
    counts: WordCounts
    chatter_model: ChatterModel | None = None


def row_stages(recipe: Recipe, needs: StageNeeds) -> tuple[RowStage, ...]:
    """Return the stages that look at one row alone, without those that are off."""
    return (
        CleanStage(recipe.clean),
        *wording.editor_stages(recipe.wording, needs.task, needs.counts, needs.chatter_model),
        PersonalDataStage(recipe.personal_data, needs.surrogate_key, needs.task.prompt),
        LengthStage(recipe.length),
        CompleteStage(recipe.complete, needs.task.output),
        QualityStage(recipe.quality),
    )
