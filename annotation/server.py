"""Start, find and stop the embedded Argilla server of a project."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from annotation.client import ArgillaClient
from annotation.credentials import Credentials, ensure_credentials, read_credentials
from annotation.server_database import SERVER_MODULES
from annotation.server_parts import ServerPart, running_parts
from annotation.server_port import choose_port, remember_port
from annotation.standing import Finding, Standing
from workbench.environments import ARGILLA, discard_environment, ensure_environment
from workbench.errors import AnnotationServerError
from workbench.home import Home
from workbench.processes import (
    LOOPBACK,
    ServerDiedError,
    ServerRecord,
    ServerSpec,
    ServerTimeoutError,
    read_server,
    start_server,
    stop_server,
)

SERVER = "argilla"
_INDEX_MARK = "search.sqlite-building"  # as workbench_argilla.index_file writes it
DATABASE_VARIABLE = "WORKBENCH_ARGILLA_DATABASE_URL"
_LOCK_SECONDS = 1200.0  # as long as the first start may take, its environment included
_STATUS_SECONDS = 5.0  # for an answer, when somebody only wants to know how it stands
_START_SECONDS = 900.0  # an upgrade or a new index of a large database takes minutes
_SCRATCH_PREFIX = "workbench-argilla-"
_ENDED = "ended while it started"
_DAMAGED = " is damaged ("  # as workbench_argilla.database says it
_FORMER_LOGS = 2


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The embedded server as it stands; the rest is empty if it does not run.

    `lost_port` is told by the start only: the port of the start before, which another program has
    taken meanwhile; 0 if the server is where it was. While `is_indexing` the search index is being
    built anew, and whoever asks waits.
    """

    found: Finding
    url: str = ""
    log: str = ""
    parts: tuple[ServerPart, ...] = ()
    lost_port: int = 0
    is_indexing: bool = False

    @property
    def running(self) -> bool:
        """Whether it answers."""
        return self.found.ok


def data_folder(home: Home) -> Path:
    """Return where the embedded server keeps its database and what it derives from it."""
    return home.servers / SERVER


def start(home: Home, *, port: int, database_url: str = "") -> ServerStatus:
    """Make the embedded server answer; a running one is used.

    Args:
        home: The project.
        port: Where it listens; 0 is the port of the last start, or a free one if that is taken.
        database_url: A PostgreSQL database; empty for SQLite in the data folder.

    Raises:
        AnnotationServerError: It ended or hung before it was ready; nothing of it is left.
        DependencyError: Its environment cannot be built.
        PortInUseError: The port of the settings is taken.
    """
    python = ensure_environment(ARGILLA)
    with turn(home):
        found = status(home)
        if not found.running:
            stop_in_turn(home)
            chosen = choose_port(home.servers, port)
            _start(home, python, chosen.port, database_url)
            remember_port(home.servers, chosen.port)
            found = replace(status(home), lost_port=chosen.lost)
    return found


def stop(home: Home) -> bool:
    """Stop the server and every process of it; return whether anything ran."""
    with turn(home):
        return stop_in_turn(home)


def stop_in_turn(home: Home) -> bool:
    """Stop the server, as `stop` does, for a caller that holds the turn."""
    scratch = _scratch(home)
    stopped = stop_server(home.servers, SERVER)
    if scratch is not None:
        shutil.rmtree(scratch, ignore_errors=True)
    return stopped


def status(home: Home) -> ServerStatus:
    """Return how the server stands, as it says itself."""
    record = read_server(home.servers, SERVER)
    if record is None:
        return ServerStatus(Finding(Standing.NOT_RUNNING))
    with ArgillaClient(record.url, read_credentials(home.secrets).api_key) as client:
        found = client.probe(timeout_seconds=_STATUS_SECONDS)
    return ServerStatus(
        found,
        record.url,
        record.log,
        running_parts(record),
        is_indexing=not found.ok and (data_folder(home) / _INDEX_MARK).exists(),
    )


def connect(home: Home) -> ArgillaClient:
    """Return a client of the running server, as its owner.

    Raises:
        AnnotationServerError: It does not run.
    """
    record = _require_running(home)
    return ArgillaClient(record.url, read_credentials(home.secrets).api_key)


def _require_running(home: Home) -> ServerRecord:
    record = read_server(home.servers, SERVER)
    if record is None:
        raise Finding(Standing.NOT_RUNNING).error()
    return record


def _start(home: Home, python: Path, port: int, database_url: str) -> None:
    credentials = ensure_credentials(home.secrets)
    data = data_folder(home)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Redis listens on a socket, whose path must be short; Argilla unpacks its pages there too.
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX))
    spec = _spec(python, data, scratch, port, credentials, database_url)
    log = home.servers / f"{SERVER}.log"
    keep_former_logs(log)
    with ArgillaClient(spec.url, credentials.api_key) as client:
        try:
            start_server(home.servers, spec, ready=client.is_ready, timeout_seconds=_START_SECONDS)
        except ServerTimeoutError as exc:
            raise _start_error(exc, "was not ready in time", log) from exc
        except ServerDiedError as exc:
            raise _start_error(exc, "ended while it started", log) from exc
        finally:
            if read_server(home.servers, SERVER) is None:
                shutil.rmtree(scratch, ignore_errors=True)


def _spec(
    python: Path,
    data: Path,
    scratch: Path,
    port: int,
    credentials: Credentials,
    database_url: str,
) -> ServerSpec:
    # -P: modules come from the environment and our folder, never from where we happen to be
    command = [str(python), "-P", "-m", "workbench_argilla.launcher"]
    options = ["--port", str(port), "--data", str(data), "--scratch", str(scratch)]
    return ServerSpec(
        name=SERVER,
        command=[*command, *options],
        url=f"http://{LOOPBACK}:{port}",
        environment={
            "PYTHONPATH": str(SERVER_MODULES),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(scratch),
            "ARGILLA_AUTH_SECRET_KEY": credentials.auth_secret,
            DATABASE_VARIABLE: database_url,
            "WORKBENCH_ARGILLA_OWNER": credentials.username,
            "WORKBENCH_ARGILLA_OWNER_PASSWORD": credentials.password,
            "WORKBENCH_ARGILLA_OWNER_KEY": credentials.api_key,
        },
        details={"scratch": str(scratch)},
    )


def _scratch(home: Home) -> Path | None:
    """Return the folder of temporary files of the last start, also if that server was killed."""
    record = home.servers / f"{SERVER}.json"
    if not record.is_file():
        return None
    folder = Path(json.loads(record.read_text())["details"].get("scratch", ""))
    return folder if folder.name.startswith(_SCRATCH_PREFIX) else None


def _start_error(exc: ServerDiedError, what: str, log: Path) -> AnnotationServerError:
    lines = [line.strip() for line in exc.log_tail.splitlines() if "Error" in line]
    # the launcher's own last word only says which part ended; the part has said why before
    causes = [line for line in lines if _ENDED not in line] or lines
    cause = causes[-1][-300:].removeprefix("Error: ").rstrip(".") if causes else ""
    if cause.startswith(("ModuleNotFoundError", "ImportError")):
        discard_environment(ARGILLA)
        return AnnotationServerError(
            f"Argilla's environment is incomplete: {cause}.",
            "Start it again: the environment is built anew.",
        )
    hint = f"Its log is {log}."
    if _DAMAGED in cause:
        hint = (
            "Restore a backup with `workbench annotate restore FILE --replace`, then start again; "
            "the damaged database is kept aside."
        )
    return AnnotationServerError(f"Argilla {what}{f': {cause}' if cause else ''}.", hint)


def keep_former_logs(log: Path) -> None:
    """Make room for the log of one start; those of the two starts before stay as .1 and .2."""
    names = [log, *(log.with_name(f"{log.name}.{n + 1}") for n in range(_FORMER_LOGS))]
    for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
        if newer.is_file():
            newer.replace(older)


@contextlib.contextmanager
def turn(home: Home) -> Iterator[None]:
    """Keep other commands from starting, stopping or replacing the server meanwhile."""
    home.servers.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(home.servers / f"{SERVER}.lock", timeout=_LOCK_SECONDS, mode=0o600):
            yield
    except Timeout as exc:
        raise AnnotationServerError(
            "Another command has been starting Argilla for 20 minutes.",
            "Stop that command, then start again.",
        ) from exc
