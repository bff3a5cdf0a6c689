"""What the quality stage looks for, and from where on it speaks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from workbench.config import FrozenModel

Answer = Literal["drop", "flag", "off"]


class QualityRules(FrozenModel):
    """Signs that an output teaches the wrong thing; each is a heuristic, so most only flag."""

    repetition: Answer = Field("flag", description="Outputs that say the same over and over.")
    copied: Answer = Field("flag", description="Outputs that are the input again.")
    max_copied: float = Field(
        0.95,
        gt=0,
        le=1,
        description="Largest share (0-1) of an output's runs of five words that the input has.",
    )
    cut_off: Answer = Field(
        "flag", description="Outputs that stop inside a bracket, a quotation, a word or code."
    )
    refusal: Answer = Field("drop", description="Outputs that begin by refusing to answer.")
    placeholder: Answer = Field(
        "flag", description="Outputs with text that somebody meant to replace, such as [insert]."
    )
    language: Answer = Field(
        "flag", description="Outputs in another language than their input, where both are known."
    )
    symbols: Answer = Field("flag", description="Outputs that are mostly digits and symbols.")
    max_symbols: float = Field(
        0.5, gt=0, le=1, description="Largest share (0-1) of characters that are no letters."
    )
    debris: Answer = Field(
        "flag", description="Left-overs of wrong decoding or of markup, in input or output."
    )
    length_ratio: Answer = Field(
        "flag", description="Outputs far longer or shorter for their input than most others."
    )
    shared_text: Literal["flag", "off"] = Field(
        "flag", description="Openings and endings that a suspicious share of outputs has in common."
    )
    shared_answer: Answer = Field(
        "flag", description="Equal outputs of inputs that have little in common."
    )
    near_input: Answer = Field(
        "flag", description="Nearly equal inputs whose outputs say different things."
    )
    max_shared: float = Field(
        0.05, gt=0, le=1, description="Largest share (0-1) of outputs with one opening or ending."
    )


class DoctorRules(FrozenModel):
    """What the doctor does with preference pairs; each rule's word stands on the pair."""

    identical: Answer = Field("drop", description="Pairs whose two answers say the same.")
    prompt_mismatch: Answer = Field(
        "drop", description="Pairs whose two answers belong to different prompts."
    )
    tie: Answer = Field("drop", description="Pairs of which neither answer was preferred.")
    repeated: Answer = Field("drop", description="Pairs that say the same as another one.")
    contradiction: Answer = Field(
        "drop", description="Pairs of one prompt that prefer answers in a circle, as A>B and B>A."
    )
    alike_sides: Answer = Field(
        "flag", description="Pairs whose answers are more alike than max_side_similarity."
    )
    near_duplicate: Answer = Field(
        "flag", description="Pairs with nearly the prompt and the answers of another one."
    )
    incomplete_chosen: Answer = Field(
        "flag", description="Pairs whose chosen answer lacks a required field of the task file."
    )
    length_bias: Answer = Field(
        "flag",
        description="The fewest pairs, those with the largest difference in length, without which "
        "chosen answers would be longer as often as min_ and max_longer_chosen allow.",
    )
    max_side_similarity: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Chosen and rejected answers more alike (0-1) than this teach little.",
    )
    min_near_similarity: float = Field(
        0.9, gt=0, le=1, description="Pairs are near-duplicates if both sides are so alike (0-1)."
    )
    min_longer_chosen: float = Field(
        0.35, ge=0, le=1, description="Least share (0-1) of pairs whose chosen answer is longer."
    )
    max_longer_chosen: float = Field(
        0.65, ge=0, le=1, description="Largest share (0-1) of pairs whose chosen answer is longer."
    )
    max_first_chosen: float = Field(
        0.6,
        ge=0.5,
        le=1,
        description="Largest share (0-1) of pairs whose chosen answer was shown in one position.",
    )
    max_origin_wins: float = Field(
        0.9, ge=0.5, le=1, description="Largest share (0-1) of pairs that one origin wins."
    )
    max_rater_share: float = Field(
        0.5, gt=0, le=1, description="Largest share (0-1) of pairs that one rater judged."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_longer_chosen > self.max_longer_chosen:
            raise ValueError("min_longer_chosen is larger than max_longer_chosen")
        return self
