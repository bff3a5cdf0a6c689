#!/usr/bin/env python
"""Measure the curation stages, beside peers where there are any.

Run it with `.venv/bin/python scripts/bench_curation.py`. `--quick` takes a minute, on less data;
`--section NAME` runs one section. $BENCH_DATA names a folder with presidio-research/ and
contamination/, public sets that two sections use where they are there. The first run installs the
peers into the user's cache folder. It prints a table a section and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
from curation_bench import leakage, million, near_duplicates, personal_data, recipe
from curation_bench.report import Section


def _of_rows(title: str, run: Callable[..., list[dict[str, object]]]) -> Callable[..., Section]:
    """Return a section of measurements that stand for themselves, one a row."""

    def measure(_folder: Path, *, quick: bool) -> Section:
        rows = run(quick=quick, data=DATA)
        return Section(
            title,
            ("what", "value", "unit"),
            [(str(row["what"]), str(row["value"]), str(row["unit"])) for row in rows],
            {str(row["what"]): row["value"] for row in rows},
        )

    return measure


# The public sets of the benchmark; sections leave out what needs them where they are not there.
DATA = Path(os.environ["BENCH_DATA"]) if "BENCH_DATA" in os.environ else None
SECTIONS = {
    "recipe": recipe.measure,
    "near_duplicates": near_duplicates.measure,
    "personal_data": _of_rows("Personal data", personal_data.run),
    "leakage": _of_rows("Leakage", leakage.run),
    "million": million.measure,
}
NOT_QUICK = {"million"}


def main() -> None:
    """Run the sections, print their tables and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute's version, on less data")
    parser.add_argument("--section", choices=SECTIONS, help="run this section alone")
    options = parser.parse_args()
    names = [options.section] if options.section else list(SECTIONS)
    if options.quick and not options.section:
        names = [name for name in names if name not in NOT_QUICK]
    figures = {}
    load_before = os.getloadavg()[0]
    for name in names:
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
