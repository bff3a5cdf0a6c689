#!/usr/bin/env python
"""Measure Argilla as we run it: its start, its search, pulls, and people who answer at once.

Run it with `.venv/bin/python scripts/bench_annotation.py`. `--quick` takes a few minutes, on less
data; `--section NAME` runs one section. Each section starts a server of its own in a temporary
folder; $TMPDIR says on which disk. It prints a table a section and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path

import psutil
from annotation_bench import load, pull, search, start

SECTIONS = {
    "start": start.measure,
    "search": search.measure,
    "pull": pull.measure,
    "load": load.measure,
}


def main() -> None:
    """Run the sections, print their tables and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes' version")
    parser.add_argument("--section", choices=SECTIONS, help="run this section alone")
    options = parser.parse_args()
    figures = {}
    load_before = os.getloadavg()[0]
    for name in [options.section] if options.section else SECTIONS:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            section = SECTIONS[name](Path(folder), quick=options.quick)
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


if __name__ == "__main__":
    main()
