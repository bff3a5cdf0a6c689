"""Keep the parts of the server running: one that ends is begun anew, with growing pauses."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_TICK_SECONDS = 0.1
_STOP_SECONDS = 8.0
_LONGEST_PAUSE_SECONDS = 60.0
_SETTLED_SECONDS = 60.0  # a part that ran as long is sound: its next end is the first again


@dataclass
class Part:
    """A program that belongs to the server.

    Attributes:
        name: As people know it.
        command: Program and arguments.
        environment: All its variables.
        is_ready: Whether it does its work; asked until it says so at the first start only.
        ready_seconds: How long the first start may take.
        before_start: What has to be done before each start.
        inherited: File descriptors of ours that it gets.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] = lambda: True
    ready_seconds: float = 60.0
    before_start: Callable[[], None] = lambda: None
    inherited: tuple[int, ...] = ()
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _ends: int = field(default=0)

    def start(self) -> None:
        """Start it in a process group of its own, so that its children end with it."""
        self.before_start()
        self._process = subprocess.Popen(
            list(self.command),
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            pass_fds=self.inherited,
            process_group=0,
        )
        self._started = time.monotonic()

    def await_ready(self) -> None:
        """Wait until it does its work; end the program if it cannot."""
        deadline = time.monotonic() + self.ready_seconds
        while not self.is_ready():
            if self.exit_code is not None:
                sys.exit(f"Error: {self.name} ended while it started (exit code {self.exit_code}).")
            if time.monotonic() > deadline:
                sys.exit(f"Error: {self.name} did not start in {self.ready_seconds:.0f} seconds.")
            time.sleep(_TICK_SECONDS)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process else None

    def keep_running(self) -> None:
        """Begin it anew if it ended; each time in a row after a longer pause."""
        code = self.exit_code
        if code is None:
            return
        ran_seconds = time.monotonic() - self._started
        if ran_seconds > _SETTLED_SECONDS:
            self._ends = 0
        if ran_seconds < self.pause_seconds:
            return
        self._ends += 1
        self.signal_all(signal.SIGKILL)  # what it left behind
        print(f"{self.name} ended (exit code {code}); it is begun anew.", flush=True)
        self.start()

    @property
    def pause_seconds(self) -> float:
        """How long after its last start it may be begun anew: 0, 2, 4, … 60."""
        return min(2.0**self._ends, _LONGEST_PAUSE_SECONDS) if self._ends else 0.0

    def signal_all(self, number: int) -> None:
        """Signal it and its children."""
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def end(self, deadline: float) -> None:
        """Wait for its end until the deadline, then insist."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self.signal_all(signal.SIGKILL)
        self._process.wait()


def run(parts: Sequence[Part]) -> None:
    """Start the parts in order, keep them running, and end them all when told to stop."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        for part in parts:
            part.start()
            part.await_ready()
        while True:
            time.sleep(_TICK_SECONDS)
            for part in parts:
                part.keep_running()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for part in parts:
            part.signal_all(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for part in reversed(parts):
            part.end(deadline)
