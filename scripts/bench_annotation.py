#!/usr/bin/env python
"""Measure Argilla as we run it: its start, its search, pulls, and people who answer at once.

Run it with `.venv/bin/python scripts/bench_annotation.py`. `--quick` takes a few minutes, on less
data; `--section NAME` runs one section. Each section starts a server of its own in a temporary
folder; $TMPDIR says on which disk. It prints a table a section and ends with one line of JSON.
"""

from __future__ import annotations

from annotation_bench import load, pull, search, start
from benchmark import run_sections

SECTIONS = {
    "start": start.measure,
    "search": search.measure,
    "pull": pull.measure,
    "load": load.measure,
}


if __name__ == "__main__":
    run_sections(__doc__, SECTIONS)
