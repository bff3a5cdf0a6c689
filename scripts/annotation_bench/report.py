"""What a section of the benchmark gives back, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Section:
    """The figures of one section.

    Attributes:
        title: What was measured, with sizes.
        columns: Heads of the table.
        rows: Its cells, ready to print.
        figures: The same as JSON-ready numbers.
        notes: What has to be known to read the table, such as why a cell is empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def print(self) -> None:
        """Print the table; the first column is text, the others are numbers."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        print(f"\n{self.title}")
        for first, *others in lines:
            cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            print("  ".join([first.ljust(widths[0]), *cells]))
        for note in self.notes:
            print(note)


def measured_cell(value: float | None) -> str:
    """Return a measurement as a cell; one that was not made is a dash, never a number."""
    return "-" if value is None else f"{value:.2f}"
