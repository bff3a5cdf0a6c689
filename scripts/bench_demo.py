#!/usr/bin/env python
"""Time the demo loop and the command line, and measure the memory of all their processes.

Run it with `.venv/bin/python scripts/bench_demo.py` once the server environments exist (after the
first `make demo`). `--quick` rehearses the loop on fewer notes. It prints a table and ends with one
line of JSON. The figures to reach on 2 cores and 24 GB without a GPU: the loop in 12 minutes and
8 GB, `workbench --help` in 0.4 s.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "WORKBENCH_BENCH_MARK"
HELP_RUNS = 9
SAMPLE_SECONDS = 2.0


@dataclass(frozen=True)
class DemoFigures:
    """What one run of the demo took."""

    seconds: float
    peak_pss_bytes: int
    stages: dict[str, float]


class MemorySampler(threading.Thread):
    """Samples the proportional set size (PSS) of every process that carries our mark."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._mark = f"{MARK}={mark}".encode()
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, sum(map(pss_bytes, self._processes())))

    def stop(self) -> None:
        self._done.set()
        self.join()

    def _processes(self) -> list[int]:
        """Return marked processes, and those of their sessions: a title can hide the mark."""
        marked, sessions = set(), {}
        for process in psutil.process_iter():
            try:
                sessions[process.pid] = os.getsid(process.pid)
                if self._mark in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0"):
                    marked.add(process.pid)
            except (OSError, psutil.NoSuchProcess):
                continue
        ours = {sessions[pid] for pid in marked} - {os.getsid(0)}
        return [pid for pid, session in sessions.items() if pid in marked or session in ours]


def pss_bytes(pid: int) -> int:
    """Return a process's share of memory in bytes, 0 if it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def time_help() -> float:
    """Return the median seconds of `workbench --help`, warm."""
    command = [sys.executable, "-m", "workbench.cli", "--help"]
    seconds = []
    for _ in range(HELP_RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def run_demo(*, quick: bool) -> DemoFigures:
    """Run the demo in a fresh home and return its figures."""
    mark = uuid.uuid4().hex
    sampler = MemorySampler(mark)
    with tempfile.TemporaryDirectory(prefix="bench-demo-") as folder:
        home = Path(folder) / "home"
        command = [sys.executable, "-m", "workbench.cli", "demo", "--headless", "--home", str(home)]
        sampler.start()
        started = time.perf_counter()
        try:
            subprocess.run(
                command + (["--quick"] if quick else []),
                check=True,
                env={**os.environ, MARK: mark, "HF_HUB_OFFLINE": "1"},
                stdout=subprocess.DEVNULL,
            )
        finally:
            seconds = time.perf_counter() - started
            sampler.stop()
        stages = json.loads((home / "demo.json").read_text())["stages"]
    return DemoFigures(seconds, sampler.peak_bytes, {s["name"]: s["seconds"] for s in stages})


def main() -> None:
    """Measure, print the table and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="rehearse the loop on fewer notes")
    quick = parser.parse_args().quick
    help_seconds = time_help()
    figures = run_demo(quick=quick)
    rows = [(f"  {name}", f"{seconds:8.1f} s") for name, seconds in figures.stages.items()]
    rows.append(("demo, all stages", f"{figures.seconds:8.1f} s"))
    rows.append(("peak memory (PSS)", f"{figures.peak_pss_bytes / 2**30:8.2f} GiB"))
    rows.append((f"workbench --help, median of {HELP_RUNS}", f"{help_seconds:8.3f} s"))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name.ljust(width)}  {value}")
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    print(
        json.dumps(
            {
                "quick": quick,
                "demo_seconds": round(figures.seconds, 1),
                "peak_pss_gib": round(figures.peak_pss_bytes / 2**30, 2),
                "help_seconds": round(help_seconds, 3),
                "stages": figures.stages,
                "machine": f"{machine}, {platform.machine()}, Python {platform.python_version()}",
            }
        )
    )


if __name__ == "__main__":
    main()
