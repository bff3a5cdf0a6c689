"""What `workbench data select` keeps of a version's training rows."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from workbench.config import FrozenModel
from workbench.curation.selection.choice import Method

By = Literal["similarity", "diversity", "ifd", "length", "random"]


class SelectionRules(FrozenModel):
    """How training rows are chosen, and how many."""

    by: By = Field(
        "similarity",
        description="similarity: inputs like those of the task; diversity: inputs that between "
        "them cover the others; ifd: answers that the prompt helps a small model least to write; "
        "length: the longest rows; random: by chance.",
    )
    keep: int = Field(1000, ge=1, description="Most training rows to keep.")
    tokens: int | None = Field(
        None, ge=1, description="Most tokens to keep, in place of rows; four bytes count as one."
    )
    seed: int = Field(1, ge=0, description="Decides what chance decides.")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if {"keep", "tokens"} <= self.model_fields_set:
            raise ValueError("keep and tokens are two limits; name one")
        return self

    @property
    def method(self) -> Method:
        """Return the name by which `choice.select` knows the way of choosing."""
        return "score" if self.by == "ifd" else self.by

    @property
    def most_rows(self) -> int | None:
        """Return the limit in rows; None if there is one in tokens."""
        return None if self.tokens else self.keep

    @property
    def limit(self) -> str:
        """Return the limit in words."""
        return f"{self.tokens} tokens" if self.tokens else f"{self.keep} rows"
