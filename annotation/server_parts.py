"""The processes of the embedded server, with the memory that each one takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from workbench.processes import ServerRecord, is_same_process

_MODULES = {
    "workbench_argilla.web_server": "server",
    "workbench_argilla.worker": "worker",
}
EXPECTED = ("server", "worker", "redis")


@dataclass(frozen=True, slots=True)
class ServerPart:
    """One part of the embedded server.

    Attributes:
        name: `server`, `worker`, `redis`, or `supervisor` for what keeps these running.
        pid: Its process; 0 if it does not run at this moment.
        memory_bytes: Of it and its children; what several processes share is counted once (PSS).
    """

    name: str
    pid: int
    memory_bytes: int


def running_parts(record: ServerRecord) -> tuple[ServerPart, ...]:
    """Return the parts of a server that we started; one that does not run has pid 0."""
    found = {name: ServerPart(name, 0, 0) for name in EXPECTED}
    if is_same_process(record.session, record.session_started):
        launcher = psutil.Process(record.session)
        for process in launcher.children():
            name = _name(process)
            if name:
                family = (process, *_descendants(process))
                found[name] = ServerPart(name, process.pid, _memory(family))
        keepers = [launcher, psutil.Process(record.supervisor)]
        found["supervisor"] = ServerPart("supervisor", record.supervisor, _memory(keepers))
    return tuple(found.values())


def _name(process: psutil.Process) -> str:
    try:
        command = process.cmdline()
    except psutil.Error:
        return ""
    if command and "redis-server" in command[0]:
        return "redis"
    return next((name for module, name in _MODULES.items() if module in command), "")


def _descendants(process: psutil.Process) -> Sequence[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return ()


def _memory(processes: Sequence[psutil.Process]) -> int:
    total = 0
    for process in processes:
        try:
            memory = process.memory_full_info()
        except psutil.Error:  # it ended meanwhile
            continue
        total += int(getattr(memory, "pss", memory.uss))  # macOS knows what is unique to it only
    return total
