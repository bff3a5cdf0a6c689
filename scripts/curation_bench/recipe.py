"""The whole default recipe: import, curate, curate with 1 % more rows, with one changed rule."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
from benchmark import Section

from curation_bench.corpus import documents

_N_ROWS, _N_QUICK = 100_000, 4_000
_RUNS = 3
_EVERY_SECONDS = 0.2
_SUMMARY_WORDS = 40


def measure(folder: Path, *, quick: bool) -> Section:
    """Measure each command as a user types it: start of the process and the store included."""
    n_rows = _N_QUICK if quick else _N_ROWS
    rows = list(_rows(n_rows + n_rows // 100))
    _write(folder / "rows.jsonl", rows[:n_rows])
    _write(folder / "more.jsonl", rows[n_rows:])
    steps: dict[str, list[float]] = {}
    peaks: dict[str, int] = {}
    for run in range(1 if quick else _RUNS):
        home = folder / f"home-{run}"
        _workbench(home, "init", "--template", "chat", "--base-model", "demo")
        for name, arguments in (
            ("import", ["import", str(folder / "rows.jsonl")]),
            ("curate", ["curate"]),
            ("curate again, nothing changed", ["curate"]),
            ("import 1 % more", ["import", str(folder / "more.jsonl")]),
            ("curate with 1 % more", ["curate"]),
            ("curate with another length rule", ["curate", "--set", "length.max_output=7999"]),
        ):
            seconds, peak = _workbench(home, *arguments)
            steps.setdefault(name, []).append(seconds)
            peaks[name] = max(peaks.get(name, 0), peak)
    medians = {name: statistics.median(found) for name, found in steps.items()}
    return Section(
        f"Default recipe, {n_rows:,} examples of about 1 KB",
        ("command", "seconds", "rows/s", "peak GB"),
        [
            (name, f"{seconds:.1f}", f"{n_rows / seconds:,.0f}", f"{peaks[name] / 1e9:.2f}")
            for name, seconds in medians.items()
        ],
        {
            name: {"seconds": round(seconds, 2), "peak_bytes": peaks[name]}
            for name, seconds in medians.items()
        },
    )


def _rows(n_rows: int) -> Iterable[dict[str, str]]:
    for number, text in enumerate(documents(n_rows, seed=1)):
        words = text.split()
        note = (
            f"{text}. Write to person{number}@mail-{number % 97}.net or call "
            f"212-555-{number % 10_000:04}."
        )
        yield {"input": note, "output": f"Summary: {' '.join(words[:_SUMMARY_WORDS])}."}


def _write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _workbench(home: Path, *arguments: str) -> tuple[float, int]:
    """Run one command; return its seconds and the peak memory of all its processes, in bytes."""
    command = [sys.executable, "-m", "workbench.cli", *arguments, "--home", str(home)]
    started = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while running.poll() is None:
        peak = max(peak, _memory(running.pid))
        time.sleep(_EVERY_SECONDS)
    if running.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {running.returncode}")
    return time.perf_counter() - started, peak


def _memory(pid: int) -> int:
    """Return the memory of a process and its children; pages that they share count once (PSS)."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            total += process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return total
    return total
