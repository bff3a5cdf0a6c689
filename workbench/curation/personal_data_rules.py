"""The recipe's rules for personal data: what is looked for, what is put there, what must be found.

`replace` and `recall_floor` take one value for all kinds, or one for each kind that differs.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from workbench.config import FrozenModel
from workbench.curation.personal_data.kinds import DEFAULT_KINDS, KINDS, UNMARKED

Way = Literal["surrogate", "tag"]
DEFAULT = "default"
ALL = "all"
_RECALL_FLOOR = 0.8


def _by_kind(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds; pydantic checks it next
    return value if isinstance(value, dict) else {DEFAULT: value}


class PersonalDataRules(FrozenModel):
    """Personal data and secrets are replaced, in input and output alike."""

    kinds: tuple[str, ...] = Field(
        tuple(sorted(DEFAULT_KINDS)), description="What is looked for; see docs/curation.md."
    )
    replace: Annotated[dict[str, Way], BeforeValidator(_by_kind)] = Field(
        {DEFAULT: "surrogate"},
        description="surrogate: an invented value of the same form, the same for the same person "
        "everywhere; tag: [EMAIL]. One word for all kinds, or by kind: {default: surrogate, ssn: "
        "tag}. Secrets always become [SECRET].",
    )
    region: str = Field(
        "US",
        pattern="^[A-Z]{2}$",
        description="Country (ISO 3166) whose telephone numbers and dates are expected.",
    )
    canaries: int = Field(
        200, ge=10, le=5000, description="Invented values of each kind that measure the recall."
    )
    recall_floor: Annotated[
        dict[str, Annotated[float, Field(ge=0, le=1)]], BeforeValidator(_by_kind)
    ] = Field(
        {DEFAULT: _RECALL_FLOOR},
        description="Least recall (0-1) of each kind, measured on canaries in your own texts; "
        "below it nothing is published. One number, or by kind: {default: 0.9, address: 0.6}; "
        "all: that of all kinds together. Names and addresses that nothing around them announces "
        "have a floor only where one is set: {name_unmarked: 0.5, address_unmarked: 0.5}.",
    )
    model: Literal["off", "presidio", "gliner"] = Field(
        "off", description="A model of yours that looks at every text as well; far slower."
    )
    model_name: str = Field(
        "",
        description="presidio: a spaCy model that is installed, or its folder; gliner: the folder "
        "of the model. Nothing is downloaded.",
    )
    model_score: float = Field(
        0.5, ge=0, le=1, description="Least confidence (0-1) of a model's finding."
    )

    @field_validator("kinds")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - KINDS):
            raise ValueError(
                f"there is no kind {', '.join(unknown)}; there are {', '.join(sorted(KINDS))}"
            )
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _settings_fit(self) -> Self:
        unmarked = {each for each, kind in UNMARKED.items() if kind in self.kinds}
        for name, given, words in (
            ("replace", self.replace, {DEFAULT}),
            ("recall_floor", self.recall_floor, {DEFAULT, ALL, *unmarked}),
        ):
            if unknown := sorted(given.keys() - words - set(self.kinds)):
                known = ", ".join((*sorted(words), *self.kinds))
                raise ValueError(f"{name}.{unknown[0]} is no kind that is looked for: {known}")
        if self.model != "off" and not self.model_name:
            raise ValueError(f"model {self.model} needs model_name, the model that you have")
        return self

    def way_of(self, kind: str) -> Way:
        """Return what a kind is replaced by."""
        return self.replace.get(kind, self.replace.get(DEFAULT, "surrogate"))

    @property
    def default_floor(self) -> float:
        """Least recall of the kinds that have no floor of their own."""
        return self.recall_floor.get(DEFAULT, _RECALL_FLOOR)
