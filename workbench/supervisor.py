"""Run one server and end all of its processes with it.

Usage: `python -m workbench.supervisor LOG COMMAND…`

Prints the server's session id and start time on the first line, then nothing. On Linux it is the
subreaper of its descendants, so that a worker whose parent crashed is still found and ended, and
the server is told to stop should the supervisor be killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 15.0


def main(arguments: Sequence[str]) -> int:
    """Run the command until it ends or SIGTERM comes; return its exit code."""
    log, *command = arguments
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    stopping = _StopFlag()
    signal.signal(signal.SIGTERM, stopping.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Path(log).open("ab") as stream:
        try:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this program has one thread
            )
        except OSError as exc:
            print(f"cannot run {command[0]}: {exc.strerror}", flush=True)
            return 1
    print(server.pid, psutil.Process(server.pid).create_time(), flush=True)
    _detach_output()
    while not stopping.is_set and server.poll() is None:
        try:
            server.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            continue
    _end_descendants(server)
    return server.poll() or 0


class _StopFlag:
    def __init__(self) -> None:
        self.is_set = False

    def set(self, number: int, frame: FrameType | None) -> None:
        self.is_set = True


def _end_descendants(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to stop, then the rest of its processes, then insist."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    remaining = [
        child for child in psutil.Process().children(recursive=True) if _is_ours(child, server)
    ]
    for process in remaining:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(remaining, timeout=5.0)
    for process in stubborn:
        _signal(process, signal.SIGKILL)


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _is_ours(process: psutil.Process, server: subprocess.Popen[bytes]) -> bool:
    """Tell the server's workers from jobs and servers that it started to outlive it."""
    try:
        return os.getsid(process.pid) == server.pid
    except ProcessLookupError:
        return False


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _detach_output() -> None:
    """Let go of the pipe to whoever started us: that process will end before we do."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
