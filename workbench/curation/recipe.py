"""The recipe: which rules curation applies, and how examples are split."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from workbench.config import FrozenModel
from workbench.curation.personal_data_rules import PersonalDataRules
from workbench.curation.quality.rules import DoctorRules, QualityRules
from workbench.records import SPLITS

MODEL_NAME = re.compile("^[a-z0-9][a-z0-9_-]{0,39}$")


class CleanRules(FrozenModel):
    """Repair of text; every change is recorded as a decision."""

    mojibake: bool = Field(True, description="Repair text decoded in the wrong encoding (Ã© → é).")
    unicode: bool = Field(True, description="Bring characters to Unicode form NFC.")
    invisible: bool = Field(
        True, description="Remove control characters, zero-width characters and byte order marks."
    )
    whitespace: bool = Field(
        True, description="Trim lines, join runs of spaces, keep at most one blank line."
    )


class WordingRules(FrozenModel):
    """Wording that is no part of what the model should learn; see docs/curation.md."""

    chatter: Literal["fix", "flag", "off"] = Field(
        "fix", description="Greetings, small talk, signatures and the like, in inputs."
    )
    chatter_model: str = Field(
        "off",
        pattern=MODEL_NAME.pattern,
        description="Also what this classifier calls chatter; a name that `workbench data chatter "
        "train` gave it, or off.",
    )
    typos: Literal["fix", "flag", "off"] = Field(
        "fix", description="Misspelt English words, in outputs; doubtful ones are only flagged."
    )
    terminology: Literal["fix", "flag", "off"] = Field(
        "fix", description="Variants of the task file's glossary, in outputs."
    )
    confidence: float = Field(
        0.9, ge=0.5, le=1, description="Least confidence (0.5-1) with which a typo is corrected."
    )
    known_rows: int = Field(
        5, ge=2, description="A word that stands in so many rows of yours is no typo."
    )


class LengthRules(FrozenModel):
    """Examples outside these lengths are dropped; lengths are in characters after cleaning."""

    min_input: int = Field(10, ge=1, description="Shortest input, in characters.")
    max_input: int = Field(24_000, ge=1, description="Longest input, in characters.")
    min_output: int = Field(2, ge=1, description="Shortest output, in characters.")
    max_output: int = Field(8_000, ge=1, description="Longest output, in characters.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_input > self.max_input or self.min_output > self.max_output:
            raise ValueError("a minimum is larger than its maximum")
        return self


class CompletenessRules(FrozenModel):
    """Examples that were cut off or do not have the shape that the task file asks for."""

    output_shape: Literal["drop", "flag", "off"] = Field(
        "drop", description="Outputs that lack a required field of the task file."
    )
    truncated: Literal["drop", "flag", "off"] = Field(
        "flag",
        description="Texts that end in the middle of a sentence where nearly all others do not.",
    )


class DuplicateRules(FrozenModel):
    """Examples that say the same, compared without regard to case, spacing and Unicode form."""

    exact: bool = Field(True, description="Keep one of several equal pairs of input and output.")
    contradictions: Literal["drop", "flag", "off"] = Field(
        "drop", description="Equal inputs with different outputs."
    )
    near: Literal["drop", "flag", "off"] = Field(
        "drop", description="Rows that nearly repeat another one, each verified against its keeper."
    )
    near_threshold: float = Field(
        0.8,
        ge=0.5,
        le=1,
        description="Least share (0-1) of common runs of five words in near-duplicates (Jaccard).",
    )
    semantic: Literal["drop", "flag", "off"] = Field(
        "off",
        description="Rows that say the same as another one in other words, each verified by the "
        "cosine of the vectors of both inputs and of both outputs.",
    )
    semantic_threshold: float = Field(
        0.95, ge=0.5, le=1, description="Least cosine (0.5-1) of both texts of such rows."
    )
    semantic_model: str = Field(
        "",
        description="Folder of the model2vec model that gives the vectors, absolute or within the "
        "home folder; needs the extra `semantic`.",
    )

    @model_validator(mode="after")
    def _has_model(self) -> Self:
        if self.semantic != "off" and not self.semantic_model:
            raise ValueError(
                f"semantic is {self.semantic}, which needs semantic_model: the folder of a "
                "model2vec model"
            )
        return self


class LeakageRules(FrozenModel):
    """Training rows that hold the text of evaluation rows; refuse: then nothing is published."""

    against: tuple[str, ...] = Field(
        (),
        description="Evaluation files that training rows are searched for beside the own splits, "
        "absolute or within the home folder.",
    )
    exact: Literal["refuse", "drop", "flag"] = Field(
        "drop",
        description="Training rows whose input an evaluation file holds word for word. If they "
        "are only flagged, the version leaks and training refuses it.",
    )
    spans: Literal["refuse", "drop", "flag", "off"] = Field(
        "flag", description="Training rows with a long run of words of an evaluation row."
    )
    min_words: int = Field(
        13, ge=5, le=100, description="Shortest run, in words that are not common in the set."
    )
    near: Literal["refuse", "drop", "flag", "off"] = Field(
        "flag", description="Training rows with a text that nearly repeats an evaluation text."
    )
    semantic: Literal["refuse", "drop", "flag", "off"] = Field(
        "off",
        description="Training rows with a text that says the same as an evaluation text; needs "
        "duplicates.semantic_model.",
    )
    semantic_threshold: float = Field(
        0.9, ge=0.5, le=1, description="Least cosine (0.5-1) of the vectors of such texts."
    )


class SplitRules(FrozenModel):
    """Share of groups per split, from 0 to 1; together 1. A share of 0 means no such split."""

    train: float = Field(0.8, ge=0, le=1, description="Examples to learn from.")
    validation: float = Field(0.05, ge=0, le=1, description="Examples to watch training with.")
    test: float = Field(0.1, ge=0, le=1, description="Examples for the final comparison only.")
    feedback: float = Field(
        0.05, ge=0, le=1, description="Prompts for votes that may become training data."
    )

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = sum(self.fractions().values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares add up to {total:g}, not 1")
        return self

    freeze: bool = Field(True, description="Rows keep the split that the version before gave them.")

    def fractions(self) -> dict[str, float]:
        """Return the share of each split, in the order in which they are filled."""
        return {split: float(getattr(self, split)) for split in SPLITS}


class Recipe(FrozenModel):
    """Everything in recipe.yaml."""

    seed: int = Field(1, ge=0, description="Decides which group goes to which split.")
    clean: CleanRules = Field(CleanRules(), description="Repair of text.")
    wording: WordingRules = Field(WordingRules(), description="Chatter, typos and terms.")
    personal_data: PersonalDataRules = Field(
        PersonalDataRules(), description="Personal data and secrets."
    )
    length: LengthRules = Field(LengthRules(), description="Lengths allowed.")
    complete: CompletenessRules = Field(
        CompletenessRules(), description="Cut-off and misshapen rows."
    )
    quality: QualityRules = Field(QualityRules(), description="Outputs that teach the wrong thing.")
    duplicates: DuplicateRules = Field(DuplicateRules(), description="Repeated examples.")
    pairs: DoctorRules = Field(DoctorRules(), description="Preference pairs.")
    leakage: LeakageRules = Field(LeakageRules(), description="Evaluation text in training rows.")
    splits: SplitRules = Field(SplitRules(), description="Share of groups per split.")

    @model_validator(mode="after")
    def _has_model(self) -> Self:
        if self.leakage.semantic != "off" and not self.duplicates.semantic_model:
            raise ValueError(
                f"leakage.semantic is {self.leakage.semantic}, which needs "
                "duplicates.semantic_model: the folder of a model2vec model"
            )
        return self
