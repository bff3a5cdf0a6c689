"""Let Python look for unreachable cycles seldom while millions of objects are made that form none.

Each time as many objects are alive as the threshold says, Python walks over the young ones, and
from time to time over all. With some objects a row that walk was a quarter of the time of a
curation of 100,000 rows.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects before a walk over the young ones, and how many such walks make the next wider one.
_SELDOM = (100_000, 20, 100)


def collect_seldom() -> None:
    """Look for cycles seldom from now on, in a process that does nothing else."""
    gc.set_threshold(*_SELDOM)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles seldom within the block."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
