"""Run Argilla on the loopback address: Redis, the web server and the worker, each kept running.

Usage: `python -m workbench_argilla.launcher --port PORT --data FOLDER --scratch FOLDER`, with the
owner's name, password and key in $WORKBENCH_ARGILLA_OWNER, …_PASSWORD and …_KEY, and Argilla's own
settings in $ARGILLA_*. This process imports nothing but the standard library and stays small. A
part that is killed is begun anew; when this process ends, all parts end.
"""

from __future__ import annotations

import argparse
import functools
import http
import http.client
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from .parts import Part, run
from .redis_server import is_answering, redis_command, set_damaged_journal_aside

LOOPBACK = "127.0.0.1"
OWNER_VARIABLE = "WORKBENCH_ARGILLA_OWNER"
DATABASE_VARIABLE = "WORKBENCH_ARGILLA_DATABASE_URL"  # empty: SQLite in the data folder
_READY_SECONDS = 3600.0  # an upgrade, or indexing a large database anew; `start` itself waits less
_PROBE_SECONDS = 1.0
_QUEUE_LENGTH = 256
# Argilla refuses longer turns of a chat; contracts and transcripts are longer than its 20,000.
_MESSAGE_CHARACTERS = "1000000"


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    options = parser.parse_args()
    os.umask(0o077)
    with listening_socket(options.port) as listener:
        run(parts(listener, options.data, options.scratch))


def listening_socket(port: int) -> socket.socket:
    """Return our address, held until this process ends.

    The web server gets it by inheritance: while that one is begun anew nobody else can take the
    port, and those who ask wait in its queue instead of being refused.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        sys.exit(f"Error: Port {port} cannot be used ({error.strerror}).")
    listener.listen(_QUEUE_LENGTH)
    return listener


def parts(listener: socket.socket, data: Path, scratch: Path) -> list[Part]:
    """Return what has to run, in the order of starting."""
    port = listener.getsockname()[1]
    redis_socket = scratch / "redis.sock"
    redis = redis_command(redis_socket, data)
    everything = {**os.environ, **settings(data, port=port, redis_socket=redis_socket)}
    everything.pop("ARGILLA_ENABLE_TELEMETRY", None)  # only its absence means off without a warning
    without_owner = {k: v for k, v in everything.items() if not k.startswith(OWNER_VARIABLE)}
    return [
        Part(
            "redis",
            redis,
            {"PATH": os.environ.get("PATH", "")},
            is_ready=lambda: is_answering(redis_socket),
            before_start=lambda: set_damaged_journal_aside(redis, redis_socket, data),
        ),
        Part(
            "server",
            _module("web_server", "--listener", str(listener.fileno()), "--data", str(data)),
            everything,
            is_ready=functools.partial(_serves, port),
            inherited=(listener.fileno(),),
            ready_seconds=_READY_SECONDS,
        ),
        Part("worker", _module("worker"), without_owner),
    ]


def settings(data: Path, *, port: int, redis_socket: Path) -> Mapping[str, str]:
    """Return everything that Argilla reads from its environment."""
    return {
        "ARGILLA_HOME_PATH": str(data),
        "ARGILLA_BASE_URL": "/",
        "ARGILLA_DATABASE_URL": os.environ.get(DATABASE_VARIABLE, ""),
        "ARGILLA_DATABASE_SQLITE_TIMEOUT": "30",
        "ARGILLA_SEARCH_ENGINE": "sqlite",
        "ARGILLA_REDIS_URL": f"unix://{redis_socket}",
        "ARGILLA_REDIS_USE_CLUSTER": "0",
        "ARGILLA_CORS_ORIGINS": f'["http://{LOOPBACK}:{port}"]',
        "ARGILLA_AUTH_OAUTH_CFG": str(data / "oauth.yaml"),
        "ARGILLA_MAX_MESSAGE_LENGTH": _MESSAGE_CHARACTERS,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "WORKBENCH_ARGILLA_INDEX": str(data / "search.sqlite"),
    }


def _module(name: str, *options: str) -> list[str]:
    return [sys.executable, "-P", "-m", f"{__package__}.{name}", *options]


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", "/api/v1/version")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
