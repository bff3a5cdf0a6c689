from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from workbench.errors import PortInUseError
from workbench.processes import (
    LOOPBACK,
    ServerDiedError,
    ServerRecord,
    ServerSpec,
    ServerTimeoutError,
    claim_port,
    free_port,
    is_alive,
    read_server,
    start_server,
    stop_server,
)

# A server with a worker of its own that ignores polite requests, as model servers have.
SERVER = """
import http.server, signal, subprocess, sys
worker = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", worker])
handler = http.server.SimpleHTTPRequestHandler
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()
"""


def spec(port: int, program: str = SERVER) -> ServerSpec:
    return ServerSpec(
        "web", [sys.executable, "-c", program, str(port)], f"http://{LOOPBACK}:{port}"
    )


def answers(url: str) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            return httpx.get(url, timeout=1).is_success
        except httpx.TransportError:
            return False

    return probe


def members(record: ServerRecord) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == record.session and process.status() != "zombie":
                found.append(process.pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerRecord]:
    one = spec(free_port())
    yield start_server(tmp_path, one, ready=answers(one.url), timeout_seconds=30)
    stop_server(tmp_path, "web")


def test_a_started_server_is_found_and_stopped_with_its_workers(
    server: ServerRecord, tmp_path: Path
) -> None:
    assert read_server(tmp_path, "web") == server
    assert len(members(server)) == 2
    assert stop_server(tmp_path, "web", grace_seconds=1)
    assert members(server) == []
    assert read_server(tmp_path, "web") is None
    assert not stop_server(tmp_path, "web")


@pytest.mark.parametrize("victim", ["supervisor", "session"])
def test_nothing_is_left_after_a_kill(server: ServerRecord, tmp_path: Path, victim: str) -> None:
    os.kill(getattr(server, victim), signal.SIGKILL)
    deadline = time.monotonic() + 15
    while is_alive(server) and time.monotonic() < deadline:
        time.sleep(0.1)
    stop_server(tmp_path, "web", grace_seconds=1)
    assert members(server) == []


def test_a_server_that_dies_reports_the_end_of_its_log(tmp_path: Path) -> None:
    program = "import sys; sys.exit('no such model')"
    with pytest.raises(ServerDiedError) as caught:
        start_server(tmp_path, spec(1, program), ready=lambda: False, timeout_seconds=30)
    assert "no such model" in caught.value.log_tail
    assert read_server(tmp_path, "web") is None


def test_a_program_that_is_not_there_is_reported(tmp_path: Path) -> None:
    missing = ServerSpec("web", ["/no/such/program"], "http://127.0.0.1:1")
    with pytest.raises(ServerDiedError) as caught:
        start_server(tmp_path, missing, ready=lambda: False, timeout_seconds=5)
    assert "/no/such/program" in caught.value.log_tail


def test_a_server_that_never_gets_ready_is_stopped(tmp_path: Path) -> None:
    program = "import time; time.sleep(600)"
    with pytest.raises(ServerTimeoutError):
        start_server(tmp_path, spec(1, program), ready=lambda: False, timeout_seconds=0.5)
    assert read_server(tmp_path, "web") is None


def test_a_port_in_use_is_refused_by_name() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"Port {port} for the app"):
            claim_port(port, purpose="the app", setting="app.port")
    assert claim_port(0, purpose="the app", setting="app.port") > 0
