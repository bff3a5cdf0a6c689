"""Start, find and stop the Argilla server in which people label."""

from __future__ import annotations

import os
from dataclasses import dataclass

from annotation import server
from annotation.client import ArgillaClient
from annotation.credentials import OWNER, credentials_file
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.progress import track
from workbench.settings import load_settings

KEY_VARIABLE = "WORKBENCH_ARGILLA_KEY"


@dataclass(frozen=True, slots=True)
class AnnotationServer:
    """Where people label.

    Attributes:
        url: Address of Argilla; empty if the embedded server does not run.
        workspace: Its workspace that holds our datasets.
        credentials_file: File with the owner's password; empty for an existing server.
        running: Whether it answers.
        username: The owner's user name; empty for an existing server.
        embedded: Whether the server is ours.
        log: Its log; empty for an existing server.
    """

    url: str
    workspace: str
    credentials_file: str
    running: bool
    username: str = ""
    embedded: bool = True
    log: str = ""


def start_annotation(home: Home) -> AnnotationServer:
    """Make Argilla answer; a running server is used, an existing one is only looked at.

    Raises:
        AnnotationServerError: The embedded server did not become ready; nothing of it is left.
        DependencyError: Its environment cannot be built.
        PortInUseError: The port of the settings is taken.
    """
    settings = load_settings(home.settings_file).argilla
    if settings.url:
        return annotation_status(home)
    with track("start Argilla"):
        server.start(home, port=settings.port)
    with server.connect(home) as client:
        client.ensure_workspace(settings.workspace)
    return annotation_status(home)


def stop_annotation(home: Home) -> AnnotationServer:
    """Stop the embedded server and every process of it; an existing server is left alone."""
    if not load_settings(home.settings_file).argilla.url:
        server.stop(home)
    return annotation_status(home)


def annotation_status(home: Home) -> AnnotationServer:
    """Return how the server stands."""
    settings = load_settings(home.settings_file).argilla
    if settings.url:
        with open_argilla(home) as client:
            ready = client.is_ready()
        return AnnotationServer(settings.url, settings.workspace, "", ready, embedded=False)
    found = server.status(home)
    file = credentials_file(home.secrets)
    return AnnotationServer(
        found.url,
        settings.workspace,
        str(file) if file.is_file() else "",
        found.running,
        username=OWNER,
        log=found.log,
    )


def open_argilla(home: Home) -> ArgillaClient:
    """Return a client with an owner's rights: of argilla.url if set, else of the embedded server.

    Raises:
        AnnotationError: There is no key for the existing server.
        AnnotationServerError: The embedded server does not run.
    """
    settings = load_settings(home.settings_file).argilla
    if not settings.url:
        return server.connect(home)
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise AnnotationError(
            f"There is no key for Argilla at {settings.url}.",
            f"Put an owner's API key into ${KEY_VARIABLE}.",
        )
    return ArgillaClient(settings.url, key)
