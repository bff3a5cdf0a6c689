"""The web application as a background server, for the demo and for machines."""

from __future__ import annotations

import sys

import httpx

from workbench.errors import ServerStartError
from workbench.home import Home
from workbench.processes import (
    LOOPBACK,
    ServerDiedError,
    ServerRecord,
    ServerSpec,
    claim_port,
    read_server,
    start_server,
    stop_server,
)
from workbench.settings import load_settings

SERVER_NAME = "app"
_START_SECONDS = 60.0


def start_app(home: Home, *, port: int | None = None) -> ServerRecord:
    """Start the application, or return the one that runs already.

    Args:
        home: The project.
        port: Where to listen; None takes the settings' port, 0 picks a free one.

    Raises:
        PortInUseError: Something else listens there.
        ServerStartError: It did not answer in time; the message holds the end of its log.
    """
    running = read_server(home.servers, SERVER_NAME)
    if running is not None and _answers(running.url):
        return running
    stop_app(home)
    wanted = load_settings(home.settings_file).app.port if port is None else port
    chosen = claim_port(wanted, purpose="the application", setting="app.port in workbench.toml")
    url = f"http://{LOOPBACK}:{chosen}"
    command = [sys.executable, "-m", "workbench.cli", "app"]
    spec = ServerSpec(
        name=SERVER_NAME,
        command=[*command, "--home", str(home.root), "--port", str(chosen), "--no-setup-link"],
        url=url,
    )
    try:
        return start_server(
            home.servers, spec, ready=lambda: _answers(url), timeout_seconds=_START_SECONDS
        )
    except ServerDiedError as exc:
        raise ServerStartError(
            f"The application did not start. The end of its log:\n{exc.log_tail}",
            f"Run `workbench app --home {home.root}` to see it fail.",
        ) from exc


def stop_app(home: Home) -> bool:
    """Stop the application; return whether it ran."""
    return stop_server(home.servers, SERVER_NAME)


def _answers(url: str) -> bool:
    try:
        return (
            httpx.get(f"{url}/health", timeout=2.0, trust_env=False).status_code == httpx.codes.OK
        )
    except httpx.HTTPError:
        return False
