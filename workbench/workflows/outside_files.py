"""What a recipe names beside the imported rows: evaluation files, and a model of meaning."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbench.curation.gate import OutsideFiles
from workbench.curation.leakage.evaluation_files import EvaluationFile, read_evaluation_file
from workbench.curation.leakage.texts import LeakTexts
from workbench.curation.recipe import Recipe
from workbench.curation.static_model import load_encoder, model_digest
from workbench.errors import ConfigError
from workbench.home import Home


@dataclass(frozen=True, slots=True)
class OutsideRecord:
    """What was read, and how the manifest names it.

    Attributes:
        files: For the gate.
        against: Each evaluation file that was searched for.
        model_sha256: Digest of the model's files; empty while no rule compares meaning.
    """

    files: OutsideFiles
    against: tuple[EvaluationFile, ...]
    model_sha256: str

    def of_recipe(self) -> dict[str, Any]:
        """Return what a version's recipe says of the model: equal folders may hold others."""
        return {"semantic_model_sha256": self.model_sha256} if self.model_sha256 else {}

    def of_leakage(self) -> dict[str, Any]:
        """Return what a version's leakage check says of the evaluation files."""
        return {"against": [asdict(file) for file in self.against]} if self.against else {}


def read_outside_files(home: Home, recipe: Recipe) -> OutsideRecord:
    """Read the evaluation files and the model that a recipe names.

    Raises:
        ConfigError: A file that the recipe names is not there, or the folder holds no model.
        ImportFileError: An evaluation file cannot be read.
        DataError: An evaluation file holds no text.
        DependencyError: A rule compares meaning and model2vec is not installed.
    """
    texts = LeakTexts()
    against = []
    for name in recipe.leakage.against:
        path = home.root / name
        if not path.is_file():
            raise ConfigError(
                f"{home.recipe_file}: leakage.against: there is no file {path}.",
                "Paths are absolute or begin in the home folder. Mend the path or take it out.",
            )
        against.append(read_evaluation_file(path, texts, name=name))
    if recipe.duplicates.semantic == recipe.leakage.semantic == "off":
        return OutsideRecord(OutsideFiles(None, texts), tuple(against), "")
    folder = home.root / recipe.duplicates.semantic_model
    encoder = load_encoder(folder, place=f"{home.recipe_file}: duplicates.semantic_model: ")
    return OutsideRecord(OutsideFiles(encoder, texts), tuple(against), model_digest(folder))
