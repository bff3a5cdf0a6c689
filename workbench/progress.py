"""Progress of long work: a bar on a terminal, lines in a log, a file for a job's page."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from workbench.files import write_json

PROGRESS_VARIABLE = "WORKBENCH_PROGRESS_FILE"
_LOG_INTERVAL_SECONDS = 5.0
_FILE_INTERVAL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ProgressState:
    """How far a piece of long work is; `total` is None while nobody can know."""

    label: str
    done: int
    total: int | None
    note: str


class Progress(Protocol):
    """What long work calls to say how far it is."""

    def update(self, done: int, *, total: int | None = None, note: str = "") -> None:
        """Report `done` steps so far; `total` replaces the total, `note` is a short status."""


class _Reporter:
    """Draws on stderr (never stdout, which belongs to results) and mirrors into a file."""

    def __init__(self, label: str, total: int | None, unit: str, file: Path | None) -> None:
        self._state = ProgressState(label, 0, total, "")
        self._unit = unit
        self._file = file
        self._started = self._last_file = self._last_log = time.monotonic()
        self._bar = _terminal_bar(label, total) if sys.stderr.isatty() else None
        if self._bar is None:
            print(f"{label} …", file=sys.stderr, flush=True)
        self._mirror(force=True)

    def update(self, done: int, *, total: int | None = None, note: str = "") -> None:
        known = total if total is not None else self._state.total
        self._state = ProgressState(self._state.label, done, known, note or self._state.note)
        if self._bar is not None:
            self._bar.update(done, known, self._status())
        else:
            self._log()
        self._mirror(force=False)

    def close(self, outcome: str) -> None:
        seconds = time.monotonic() - self._started
        if self._bar is not None:
            self._bar.close()
        rate = f", {self._rate()}" if self._rate() else ""
        print(
            f"{self._state.label}: {outcome} in {seconds:.1f} s{rate}", file=sys.stderr, flush=True
        )
        self._mirror(force=True)

    def _rate(self) -> str:
        """Return how fast it goes on the whole, such as `2,134 rows/s`; nothing without a unit."""
        seconds = time.monotonic() - self._started
        return f"{self._state.done / seconds:,.0f} {self._unit}/s" if self._unit and seconds else ""

    def _status(self) -> str:
        return " ".join(part for part in (self._rate(), self._state.note) if part)

    def _log(self) -> None:
        now = time.monotonic()
        if now - self._last_log >= _LOG_INTERVAL_SECONDS:
            self._last_log = now
            state = self._state
            count = f"{state.done}/{state.total}" if state.total else str(state.done)
            line = f"  {state.label}: {count} {self._status()}"
            print(line.rstrip(), file=sys.stderr, flush=True)

    def _mirror(self, *, force: bool) -> None:
        now = time.monotonic()
        if self._file is not None and (force or now - self._last_file >= _FILE_INTERVAL_SECONDS):
            self._last_file = now
            write_json(self._file, asdict(self._state))


class _TerminalBar:
    def __init__(self, label: str, total: int | None) -> None:
        # rich is slow to import; only long work on a terminal pays for it.
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.completed}/{task.total}" if total else "{task.completed}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._rich.add_task(label, total=total, note="")
        self._rich.start()

    def update(self, done: int, total: int | None, note: str) -> None:
        self._rich.update(self._task, completed=done, total=total, note=note)

    def close(self) -> None:
        self._rich.stop()


def _terminal_bar(label: str, total: int | None) -> _TerminalBar:
    return _TerminalBar(label, total)


def say(line: str) -> None:
    """Show a line that is not about progress but must be seen before long work begins."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def track(label: str, total: int | None = None, *, unit: str = "") -> Iterator[Progress]:
    """Report progress of the enclosed work under `label`, until it ends or fails.

    With a unit, such as `rows`, its speed is shown too.

    The state also goes to the file named by $WORKBENCH_PROGRESS_FILE, which is how a job started
    from the application shows its progress.
    """
    named = os.environ.get(PROGRESS_VARIABLE)
    reporter = _Reporter(label, total, unit, Path(named) if named else None)
    try:
        yield reporter
    except BaseException:
        reporter.close("stopped")
        raise
    reporter.close("done")
