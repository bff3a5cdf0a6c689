"""How long a start takes, and what all processes of an empty server take."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import httpx
from benchmark import Section

from annotation import server
from annotation_bench.own_server import new_home
from workbench.environments import ARGILLA, ensure_environment
from workbench.home import Home
from workbench.workflows.annotate_server import start_annotation, stop_annotation

_RUNS, _QUICK_RUNS = 5, 1
_SETTLE_SECONDS = 60.0


def measure(folder: Path, *, quick: bool) -> Section:
    """Measure first starts, later starts, and the memory once every part has settled."""
    ensure_environment(ARGILLA)  # "after the first install"
    first, later, parts = [], [], {}
    for run in range(_QUICK_RUNS if quick else _RUNS):
        home = new_home(folder / str(run))
        first.append(_start(home))
        parts = settled_parts(home)
        stop_annotation(home)
        later.append(_start(home))
        stop_annotation(home)
    total = sum(parts.values())
    figures = {
        "first_start_seconds": round(statistics.median(first), 1),
        "start_seconds": round(statistics.median(later), 1),
        "slowest_start_seconds": round(max(first + later), 1),
        **{f"{name}_mb": round(size / 1e6) for name, size in parts.items()},
        "all_mb": round(total / 1e6),
    }
    return Section(
        f"Start to a page that can be used; memory (PSS) of an empty server; {len(first)} runs",
        ("what", "value", "goal"),
        [
            ("first start of a home, s", f"{figures['first_start_seconds']}", "20"),
            ("later start, s", f"{figures['start_seconds']}", "20"),
            ("slowest, s", f"{figures['slowest_start_seconds']}", "20"),
            *((f"{name}, MB", f"{size / 1e6:.0f}", "") for name, size in parts.items()),
            ("all together, MB", f"{total / 1e6:.0f}", "700"),
        ],
        figures,
    )


def _start(home: Home) -> float:
    """Return the seconds until the login page and the REST interface answer."""
    started = time.perf_counter()
    url = start_annotation(home).url
    httpx.get(f"{url}/sign-in").raise_for_status()
    return time.perf_counter() - started


def settled_parts(home: Home) -> dict[str, int]:
    """Return bytes by part, once the worker has imported what it needs."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    before: dict[str, int] = {}
    while time.monotonic() < deadline:
        time.sleep(3.0)
        found = {part.name: part.memory_bytes for part in server.status(home).parts}
        if before and abs(sum(found.values()) - sum(before.values())) < 2e6:
            return found
        before = found
    return before
