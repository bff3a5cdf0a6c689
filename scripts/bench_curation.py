#!/usr/bin/env python
"""Measure the curation stages, beside peers where there are any.

Run it with `.venv/bin/python scripts/bench_curation.py`. `--quick` takes a minute, on less data;
`--section NAME` runs one section. $BENCH_DATA names a folder with presidio-research/ and
contamination/, public sets that two sections use where they are there. The first run installs the
peers into the user's cache folder. It prints a table a section and ends with one line of JSON.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from benchmark import Section, run_sections
from curation_bench import leakage, million, near_duplicates, personal_data, recipe


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
NEVER_QUICK = {"million"}


if __name__ == "__main__":
    run_sections(__doc__, SECTIONS, never_quick=NEVER_QUICK)
