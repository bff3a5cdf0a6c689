"""Run the sections of a benchmark: a table for each, and one line of JSON last."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil


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


def run_sections(
    description: str | None,
    sections: Mapping[str, Callable[..., Section]],
    *,
    never_quick: Collection[str] = (),
) -> None:
    """Run the sections that the command line asks for, each in a folder of its own.

    Args:
        description: What `--help` says.
        sections: Each measures in a folder, `quick` or not.
        never_quick: Sections that `--quick` leaves out unless they are named.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a short version, on less data")
    parser.add_argument("--section", choices=sections, help="run this section alone")
    options = parser.parse_args()
    left_out = never_quick if options.quick else ()
    names = [options.section] if options.section else [n for n in sections if n not in left_out]
    figures = {}
    load_before = os.getloadavg()[0]
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            section = sections[name](Path(folder), quick=options.quick)
        section.print()
        figures[name] = section.figures
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    print(
        json.dumps(
            {
                "quick": options.quick,
                "sections": figures,
                "machine": f"{machine}, {platform.machine()}, Python {platform.python_version()}",
                # Others at work on the machine make every figure worse.
                "load_before": round(load_before, 1),
            }
        )
    )
