"""Run the application in the foreground until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn

from workbench.app.context import AppContext
from workbench.app.server import create_app
from workbench.home import Home
from workbench.judgments import open_judgments
from workbench.processes import claim_port
from workbench.settings import load_settings
from workbench.workflows.people import setup_token


def run_app(
    home: Home, *, port: int | None, announce: Callable[[str, str], None], setup_link: bool
) -> None:
    """Serve the application.

    Args:
        home: The project.
        port: Where to listen; None takes the settings' port, 0 picks a free one.
        announce: Called once with the address and, on the first run, the link that makes the
            lead's account (else an empty text).
        setup_link: Whether to make such a link while there is no account.

    Raises:
        PortInUseError: Something listens there already.
    """
    settings = load_settings(home.settings_file)
    wanted = settings.app.port if port is None else port
    chosen = claim_port(wanted, purpose="the application", setting="--port")
    judgments = open_judgments(home.judgments_file)
    app = create_app(AppContext(home, settings, judgments))
    address = f"http://{settings.app.host}:{chosen}"
    token = setup_token(judgments) if setup_link else None
    announce(address, f"{address}/join/{token}" if token else "")
    uvicorn.run(
        app,
        host=settings.app.host,
        port=chosen,
        log_level="warning",
        access_log=False,  # an access log would hold who did what when
        server_header=False,
        timeout_graceful_shutdown=3,
    )
