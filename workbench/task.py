"""The task file: what the team's model is for, said once for every part that needs to know.

Curation, labelling, evaluation, studies and the report all read `task.yaml` through `load_task`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from workbench.config import FrozenModel, load_config
from workbench.names import Name, UserName
from workbench.patterns import bounded_pattern
from workbench.records import Message

INPUT_SLOT = "{input}"
ANCHOR_LEVELS = (1, 4, 7, 10)
# Argilla takes 10,000 characters; what each of our tasks says first needs the rest.
MAX_GUIDELINES = 9_000


class Prompt(FrozenModel):
    """How an input becomes the chat turns that the model sees."""

    system: str = Field("", description="System message; empty for none.")
    template: str = Field(
        INPUT_SLOT, description="User message; {input} stands for the input text."
    )

    @field_validator("template")
    @classmethod
    def _has_slot(cls, value: str) -> str:
        if INPUT_SLOT not in value:
            raise ValueError(f"the template must contain {INPUT_SLOT}")
        return value


class OutputField(FrozenModel):
    """One piece of information that a good answer holds."""

    name: Name = Field(description="Short name used in tables and files.")
    label: str = Field(min_length=1, description="Label as it stands in the answer.")
    description: str = Field("", description="What belongs here, for annotators and raters.")
    required: bool = Field(True, description="Whether an answer without it is incomplete.")


class Output(FrozenModel):
    """The shape of a good answer."""

    format: Literal["labelled_lines", "json", "text"] = Field(
        "text",
        description="labelled_lines: `Label: value` lines; json: an object; text: free text.",
    )
    fields: tuple[OutputField, ...] = Field(
        (), description="Fields to extract; none for free text."
    )
    max_words: int = Field(400, ge=1, description="An answer with more words is not concise.")

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        if self.format != "text" and not self.fields:
            raise ValueError(f"format {self.format} needs at least one field")
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ValueError("two fields have the same name")
        return self


Wording = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Term(FrozenModel):
    """One glossary entry."""

    term: Wording = Field(description="The canonical wording.")
    variants: tuple[Wording, ...] = Field((), description="Wordings that mean the same.")


class Protected(FrozenModel):
    """Where the glossary and the correction of typos change nothing."""

    phrases: tuple[Wording, ...] = Field(
        (), description="Wordings to leave alone, in any case, such as the names of cases."
    )
    patterns: tuple[str, ...] = Field(
        (), description="Regular expressions; repetitions carry a bound, as in \\d{1,9}."
    )

    @field_validator("patterns")
    @classmethod
    def _bounded(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            bounded_pattern(pattern)
        return value


class Criterion(FrozenModel):
    """One line of the rubric, scored from 1 to 10."""

    name: Name = Field(description="Short name used in tables and files.")
    question: str = Field(min_length=1, description="What the rater answers with the score.")
    anchors: dict[int, str] = Field(description="What a 1, 4, 7 and 10 mean.")

    @field_validator("anchors")
    @classmethod
    def _levels(cls, value: dict[int, str]) -> dict[int, str]:
        if sorted(value) != list(ANCHOR_LEVELS):
            raise ValueError("anchors must be given for exactly 1, 4, 7 and 10")
        return dict(sorted(value.items()))


class Check(FrozenModel):
    """One automatic check of an answer, reported as the share of answers that pass.

    `format`: every required field can be read from the answer. `concise`: at most `max_words`
    words and nothing outside the fields. `complete`: no required field is missing or empty.
    `in_order`: the fields stand in the order of the task file. `pattern`: `pattern` matches.
    """

    name: Name = Field(description="Short name used in tables and files.")
    kind: Literal["format", "concise", "complete", "in_order", "pattern"] = Field(
        description="What is checked."
    )
    pattern: str = Field("", description="Regular expression, for kind `pattern`.")
    style: bool = Field(False, description="Whether the check is part of the task's style check.")


_PROBLEMS = {
    "wrong": "Says something wrong",
    "incomplete": "Leaves something out",
    "invented": "Says what the input does not",
    "wordy": "Says too much",
    "form": "Not in the required form",
    "language": "Spelling, grammar or wording",
}


class Labelling(FrozenModel):
    """Who labels, what they read first, and what they choose from."""

    guidelines: str = Field(
        "", max_length=MAX_GUIDELINES, description="Markdown shown to annotators."
    )
    annotators: tuple[UserName, ...] = Field(
        (),
        description="User names of the annotators; roles and workspaces go into annotators.yaml.",
    )
    answers_per_record: int = Field(
        1, ge=1, le=9, description="Submitted answers that complete a record."
    )
    problems: dict[Name, Wording] = Field(
        _PROBLEMS,
        min_length=2,
        description="What can be wrong with a draft: short name and what annotators read.",
    )
    personal_data: dict[Name, Wording] = Field(
        {},
        description="Kinds of personal data that annotators can mark, beside those of the recipe.",
    )


class Task(FrozenModel):
    """The whole task file."""

    name: Name = Field(description="Short name of the task.")
    objective: str = Field(
        min_length=1, max_length=600, description="What the model is for, in a sentence."
    )
    prompt: Prompt = Field(Prompt(), description="How the model is asked.")
    output: Output = Field(Output(), description="What a good answer looks like.")
    glossary: tuple[Term, ...] = Field((), description="Canonical terms and their variants.")
    protected: Protected = Field(Protected(), description="What is left as it is written.")
    rubric: tuple[Criterion, ...] = Field(description="What raters score from 1 to 10.")
    checks: tuple[Check, ...] = Field((), description="Automatic checks of every answer.")
    labelling: Labelling = Field(Labelling(), description="Labelling in Argilla.")

    @field_validator("glossary")
    @classmethod
    def _glossary_is_settled(cls, value: tuple[Term, ...]) -> tuple[Term, ...]:
        if problem := _glossary_problem(value):
            raise ValueError(problem)
        return value

    @field_validator("rubric")
    @classmethod
    def _rubric_names(cls, value: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        names = [criterion.name for criterion in value]
        if not names or len(set(names)) != len(names):
            raise ValueError("the rubric needs at least one criterion, each with a name of its own")
        return value

    def messages(self, text: str) -> tuple[Message, ...]:
        """Return the chat turns that ask the model to answer for one input text."""
        # replace, not format: braces in a client's note are text, not slots
        user: Message = {"role": "user", "content": self.prompt.template.replace(INPUT_SLOT, text)}
        if not self.prompt.system:
            return (user,)
        return ({"role": "system", "content": self.prompt.system}, user)


def _glossary_problem(glossary: tuple[Term, ...]) -> str:
    """Return why a wording would have two terms or none, with the remedy; empty if none would."""
    terms: dict[str, str] = {}
    for entry in glossary:
        if (key := _wording_key(entry.term)) in terms:
            return f"{entry.term!r} is a term twice; put its variants into one entry"
        terms[key] = entry.term
    owners: dict[str, str] = {}
    for entry in glossary:
        for variant in entry.variants:
            key = _wording_key(variant)
            if terms.get(key, entry.term) != entry.term:
                return (
                    f"{variant!r} is a variant of {entry.term!r} and a term itself; "
                    f"keep one of the two as a term and list the other among its variants"
                )
            if owners.setdefault(key, entry.term) != entry.term:
                return f"{variant!r} is a variant of {owners[key]!r} and {entry.term!r}; keep one"
    return ""


def _wording_key(wording: str) -> str:
    """Return a wording as it is matched: in any case, with any spacing."""
    return " ".join(wording.casefold().split())


def load_task(path: Path) -> Task:
    """Read a task file.

    Raises:
        ConfigError: The file is missing or wrong; every problem is named with its line and key.
    """
    return load_config(path, Task)
