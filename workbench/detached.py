"""Start a program that outlives us and is nobody's unreaped child.

A go-between (`python -m workbench.detached COMMAND…`) starts the program in a session of its own,
says which process it is, and ends; so the program survives the command or the page that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class DetachedProcess:
    """A started program; `started` (Unix seconds) tells it from a later one with the same id.

    `announcement` is the first line that the program printed, if we waited for one.
    """

    pid: int
    started: float
    announcement: str


def start_detached(
    command: Sequence[str], *, environment: Mapping[str, str], await_announcement: bool = False
) -> DetachedProcess:
    """Start `command` with these variables on top of ours.

    Args:
        command: Program and arguments.
        environment: Variables to add; secrets belong here, not into the command.
        await_announcement: Whether to wait for the program's first line of output.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "workbench.detached", *command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as go_between:
        stdout = go_between.stdout
        if stdout is None:
            raise RuntimeError("the go-between has no output pipe")
        pid, started = stdout.readline().split()
        announcement = stdout.readline().strip() if await_announcement else ""
    return DetachedProcess(int(pid), float(started), announcement)


def main(command: Sequence[str]) -> int:
    """Start the command, print its process id and start time, and leave it alone."""
    program = subprocess.Popen(command, start_new_session=True)
    print(program.pid, psutil.Process(program.pid).create_time(), flush=True)
    # Our exit must not wait for the program nor warn about it.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
