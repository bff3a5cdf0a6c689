"""Servers as supervised child processes: started once, found again, stopped without orphans.

A small supervisor (`workbench.supervisor`) stands between us and the server. It survives the
command that started it, adopts every descendant of the server, and ends them all when the server
dies or when it is told to stop. If the supervisor itself is killed, the next `start_server` or
`stop_server` finds what is left by its session id and ends that.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from workbench.detached import start_detached
from workbench.errors import PortInUseError
from workbench.files import write_json

_POLL_SECONDS = 0.1
_KILL_SECONDS = 5.0
_START_TIME_SLACK_SECONDS = 1.0
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """What to run.

    Attributes:
        name: Short name; also names the record and the log in the servers folder.
        command: Program and arguments. Secrets go into `environment`, never here.
        environment: Variables on top of ours.
        url: Address at which the server will answer.
        details: Facts that a later command needs (models served, backend), no secrets.
    """

    name: str
    command: Sequence[str]
    url: str
    environment: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """A server that we started; `session` is the session id that all its processes share."""

    name: str
    url: str
    supervisor: int
    supervisor_started: float
    session: int
    session_started: float
    log: str
    details: dict[str, str]

    @property
    def log_file(self) -> Path:
        return Path(self.log)


class ServerDiedError(Exception):
    """The server ended before it was ready; callers convert it into their own error."""

    def __init__(self, name: str, log_tail: str) -> None:
        super().__init__(f"{name} ended before it was ready")
        self.log_tail = log_tail


class ServerTimeoutError(ServerDiedError):
    """The server did not become ready in time and was stopped."""


def free_port() -> int:
    """Return a TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def claim_port(port: int, *, purpose: str, setting: str) -> int:
    """Return `port` if it is free, or a free one for 0.

    Raises:
        PortInUseError: Something listens there already.
    """
    if port == 0:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as exc:
            raise PortInUseError(
                f"Port {port} for {purpose} is in use.",
                f"Stop what listens there, or set {setting} to another port (0 picks a free one).",
            ) from exc
    return port


def start_server(
    folder: Path, spec: ServerSpec, *, ready: Callable[[], bool], timeout_seconds: float
) -> ServerRecord:
    """Start a server and wait until `ready` says so.

    Args:
        folder: The home's `servers` folder; gets the record and the log.
        spec: What to run.
        ready: Probe that returns True once the server answers; called repeatedly.
        timeout_seconds: How long to wait before giving up and stopping it.

    Raises:
        ServerDiedError: It ended, or (`ServerTimeoutError`) was not ready in time; nothing is left.
    """
    stop_server(folder, spec.name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    record = _launch(folder, spec)
    try:
        _wait_until_ready(record, ready, timeout_seconds)
    except BaseException:
        stop_server(folder, spec.name)
        raise
    return record


def read_server(folder: Path, name: str) -> ServerRecord | None:
    """Return the record of a server that is alive, or None."""
    record = _read_record(folder, name)
    return record if record and is_alive(record) else None


def stop_server(folder: Path, name: str, *, grace_seconds: float = 15.0) -> bool:
    """Stop a server and everything that it started; return whether anything was running."""
    record = _read_record(folder, name)
    if record is None:
        return False
    was_alive = is_alive(record)
    if was_alive:
        os.kill(record.supervisor, signal.SIGTERM)
        _wait_until(lambda: not is_alive(record), grace_seconds + 5.0)
    leftovers = _session_members(record)
    for process in leftovers:
        _signal(process, signal.SIGTERM)
    psutil.wait_procs(leftovers, timeout=grace_seconds if leftovers else 0)
    stubborn = _session_members(record)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=_KILL_SECONDS)
    if is_alive(record):
        os.kill(record.supervisor, signal.SIGKILL)
    _record_file(folder, name).unlink(missing_ok=True)
    return was_alive or bool(leftovers)


def is_alive(record: ServerRecord) -> bool:
    """Tell whether the supervisor of this record still runs."""
    return is_same_process(record.supervisor, record.supervisor_started)


def is_same_process(pid: int, started: float) -> bool:
    """Tell whether `pid` is alive and is the process that started at `started` (Unix seconds)."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < _START_TIME_SLACK_SECONDS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def log_tail(path: Path, *, lines: int = 20) -> str:
    """Return the last lines of a log, or an empty string if there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 64 * 1024))
        text = stream.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _wait_until_ready(
    record: ServerRecord, ready: Callable[[], bool], timeout_seconds: float
) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not ready():
        if not is_alive(record):
            raise ServerDiedError(record.name, log_tail(record.log_file))
        if time.monotonic() > deadline:
            raise ServerTimeoutError(record.name, log_tail(record.log_file))
        time.sleep(_POLL_SECONDS)


def _launch(folder: Path, spec: ServerSpec) -> ServerRecord:
    log = folder / f"{spec.name}.log"
    log.touch(mode=0o600)
    supervisor = start_detached(
        [sys.executable, "-m", "workbench.supervisor", str(log), *spec.command],
        environment=spec.environment,
        await_announcement=True,
    )
    session, _, started = supervisor.announcement.partition(" ")
    if not session.isdigit():
        raise ServerDiedError(spec.name, supervisor.announcement or log_tail(log))
    record = ServerRecord(
        name=spec.name,
        url=spec.url,
        supervisor=supervisor.pid,
        supervisor_started=supervisor.started,
        session=int(session),
        session_started=float(started),
        log=str(log),
        details=dict(spec.details),
    )
    write_json(_record_file(folder, spec.name), asdict(record))
    return record


def _record_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _read_record(folder: Path, name: str) -> ServerRecord | None:
    path = _record_file(folder, name)
    if not path.is_file():
        return None
    return ServerRecord(**json.loads(path.read_text()))


def _session_members(record: ServerRecord) -> list[psutil.Process]:
    """Return the living processes of the server's session.

    The kernel does not give a session's number to a new process while the session has members, so
    a matching number is ours unless its leader is a younger process.
    """
    if psutil.pid_exists(record.session) and not _is_leader(record):
        return []
    found = []
    for process in psutil.process_iter():
        try:
            if (
                os.getsid(process.pid) == record.session
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return found


def _is_leader(record: ServerRecord) -> bool:
    try:
        started = psutil.Process(record.session).create_time()
    except psutil.NoSuchProcess:
        return True
    return abs(started - record.session_started) < _START_TIME_SLACK_SECONDS


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _wait_until(condition: Callable[[], bool], timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
