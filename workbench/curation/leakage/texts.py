"""The texts that are searched for leakage, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from workbench.records import Example

# What a text is: a side of an example, the worse answer of a preference pair, or a value of a file
# that says nothing of sides.
TextPart = Literal["input", "output", "rejected", "text"]


@dataclass(slots=True)
class LeakTexts:
    """Texts in columns of equal length; a row has one text a part.

    Attributes:
        sets: The split or the file of each text.
        rows: The id of its example, or its place in the file.
        parts: What it is.
        texts: The text, as published.
    """

    sets: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    parts: list[TextPart] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def copy(self) -> LeakTexts:
        """Return columns of their own with the same texts."""
        return LeakTexts([*self.sets], [*self.rows], [*self.parts], [*self.texts])

    def add(self, text: str, *, of: str, row: str, part: TextPart) -> None:
        """Append one text of a row of a set."""
        self.sets.append(of)
        self.rows.append(row)
        self.parts.append(part)
        self.texts.append(text)

    def add_row(self, *, of: str, row: str, input_text: str, output_text: str) -> None:
        """Append both sides of an example."""
        self.add(input_text, of=of, row=row, part="input")
        self.add(output_text, of=of, row=row, part="output")


def split_texts(examples: Iterable[Example]) -> tuple[LeakTexts, LeakTexts]:
    """Return the texts of the train split and those of the other splits.

    The input is taken without the task's prompt template, which stands in every row.
    """
    train, others = LeakTexts(), LeakTexts()
    for example in examples:
        side = train if example.split == "train" else others
        side.add_row(
            of=example.split,
            row=example.example_id,
            input_text=example.input,
            output_text=example.completion,
        )
    return train, others
