"""A PostgreSQL of the tests' own, from the programs that are installed; nothing of it stays."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.annotation.small_server import wait_until
from workbench.processes import free_port

USER = "writer"
PASSWORD = "100% hidden/word"  # one that an address has to write in other signs
_DEBIAN = "/usr/lib/postgresql"


def find_programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`; None if they are not installed."""
    on_path = shutil.which("initdb")
    # off the PATH, or linked there one by one, Debian has a folder of them for each version
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *Path(_DEBIAN).glob("*/bin")]
    return next((found for found in folders if (found / "postgres").exists()), None)


@dataclass
class PostgreSQL:
    """A server that keeps one database.

    Attributes:
        programs: Folder of PostgreSQL's programs.
        data: Its files.
        port: Where it listens, on loopback.
    """

    programs: Path
    data: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Run it, and wait until it takes connections."""
        settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        self._process = subprocess.Popen(
            [*command, *settings], stderr=subprocess.DEVNULL, **_somebody()
        )
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it; SIGINT breaks off connections and waits for nobody."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)


@contextlib.contextmanager
def running_postgresql(programs: Path) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL in a folder of its own, which is removed with it."""
    somebody = _somebody()
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        data, password = Path(folder) / "data", Path(folder) / "password"
        password.write_text(f"{PASSWORD}\n")
        if somebody:
            for path in (Path(folder), password):
                os.chown(path, somebody["user"], somebody["group"])
        login = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password}"]
        form = ["--encoding=UTF8", "--locale=C", "--no-sync"]
        command = [str(programs / "initdb"), "-D", str(data), *login, *form]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **somebody)
        server = PostgreSQL(programs, data)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _somebody() -> Mapping[str, Any]:
    """Return as whom to run: PostgreSQL refuses root, who becomes nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
