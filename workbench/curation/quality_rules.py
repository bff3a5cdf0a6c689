"""What the quality stage looks for, and from where on it speaks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

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
    max_shared: float = Field(
        0.05, gt=0, le=1, description="Largest share (0-1) of outputs with one opening or ending."
    )
