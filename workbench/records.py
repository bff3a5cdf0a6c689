"""The values that parts of the workbench hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

Role = Literal["system", "user", "assistant"]
SplitName = Literal["train", "validation", "test", "feedback"]

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test", "feedback")


class Message(TypedDict):
    """One chat turn, in the shape that chat templates and OpenAI-compatible servers take."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a published version: a prompt and the completion that an expert stands by.

    Attributes:
        example_id: Content-addressed id of the imported row, 16 hex digits.
        split: Where the row belongs; fixed by its group.
        group: Rows of one group (author, source document, duplicates) never cross a split.
        input: The curated input text, without the prompt template.
        prompt: The chat turns that the model sees.
        completion: The answer to learn, or the reference to score against.
        source: Name of the imported file.
        locator: Place in that file, such as `line 12`.
        simulated: True if a scripted annotator, not a person, wrote or approved the completion.
    """

    example_id: str
    split: SplitName
    group: str
    input: str
    prompt: tuple[Message, ...]
    completion: str
    source: str
    locator: str
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two completions of one prompt, one preferred.

    Attributes:
        pair_id: Stable id of the comparison.
        example_id: The example whose prompt was answered.
        split: Split of that example: `train` and `feedback` are learned from, `validation` is
            watched; none is of `test`.
        prompt: The chat turns.
        chosen: The preferred completion.
        rejected: The other one.
        strength: 1 for better, 2 for much better.
        raters: Opaque names of those who judged.
        origin: `annotation` (Argilla), `study` (blind votes) or `import` (a file).
        simulated: True if any judgement came from a scripted annotator.
    """

    pair_id: str
    example_id: str
    split: SplitName
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    strength: int
    raters: tuple[str, ...]
    origin: Literal["annotation", "study", "import"]
    simulated: bool = False
