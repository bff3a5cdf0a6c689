"""Inspect rows in a process of its own, so that no model library is loaded into the application."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from workbench.errors import TrainingError
from workbench.home import Home
from workbench.workflows.inspect_rows import inspect_rows
from workbench.workflows.inspection_page import render_inspection


def inspection_page(
    home: Home, version: str, *, split: str | None = None, row: str = "", sample: int | None = None
) -> str:
    """Return an inspection as HTML. See `inspect_rows`, whose errors come through.

    Raises:
        TrainingError: The process died, for want of memory most likely.
    """
    # `spawn`: a fork would copy locks that the application's threads hold.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as workers:
        try:
            return workers.submit(_page, home, version, split, row, sample).result()
        except BrokenProcessPool as exc:
            raise TrainingError(
                "The process that counts tokens died.",
                "Make room in memory, or run `workbench data inspect` in a terminal.",
            ) from exc


def _page(home: Home, version: str, split: str | None, row: str, sample: int | None) -> str:
    return render_inspection(inspect_rows(home, version, split=split, row=row, sample=sample))
