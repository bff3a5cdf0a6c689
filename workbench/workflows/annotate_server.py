"""Start, find and stop the Argilla server in which people label."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from annotation import server
from annotation.client import ArgillaClient
from annotation.credentials import OWNER, credentials_file, read_credentials
from annotation.server_parts import ServerPart
from workbench.errors import AnnotationError, AnnotationServerError
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
        parts: Its processes with their memory; none for an existing server.
        lost_port: The port of the start before, at a start that found it taken; else 0.
        is_indexing: Whether it does not answer because its search index is being built anew.
        first_password: The owner's password, at the start that made it; empty afterwards.
        first_api_key: The owner's API key, at the start that made it; empty afterwards.
    """

    url: str
    workspace: str
    credentials_file: str
    running: bool
    username: str = ""
    embedded: bool = True
    log: str = ""
    parts: tuple[ServerPart, ...] = ()
    lost_port: int = 0
    is_indexing: bool = False
    first_password: str = field(default="", repr=False)
    first_api_key: str = field(default="", repr=False)


def start_annotation(home: Home) -> AnnotationServer:
    """Make Argilla answer; a running server is used, an existing one is only looked at.

    Raises:
        AnnotationServerError: The embedded server did not become ready; nothing of it is left.
        DependencyError: Its environment cannot be built.
        PortInUseError: The port of the settings is taken.
    """
    settings = load_settings(home.settings_file).argilla
    if settings.url:
        return _require_answer(annotation_status(home))
    is_first = not credentials_file(home.secrets).is_file()
    with track("start Argilla"):
        found = server.start(home, port=settings.port, database_url=database_url(home))
    with server.connect(home) as client:
        client.ensure_workspace(settings.workspace)
    started = replace(annotation_status(home), lost_port=found.lost_port)
    if not is_first:
        return started
    login = read_credentials(home.secrets)
    return replace(started, first_password=login.password, first_api_key=login.api_key)


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
        parts=found.parts,
        is_indexing=found.is_indexing,
    )


def page_of_dataset(home: Home, dataset: str) -> str:
    """Return the address of a dataset's page in Argilla; of the list of datasets for "".

    Raises:
        AnnotationError: The workspace has no dataset of that name.
        AnnotationServerError: Argilla does not answer.
    """
    workspace = load_settings(home.settings_file).argilla.workspace
    with open_argilla(home) as client:
        workspace_id = client.find_workspace(workspace)
        if not dataset:
            return client.url
        found = client.find_dataset(workspace_id, dataset) if workspace_id else None
        if found is None:
            raise AnnotationError(
                f"Workspace {workspace} of {client.url} has no dataset {dataset}.",
                "Push one with `workbench annotate push`; its name is printed there.",
            )
        return dataset_url(client.url, str(found["id"]))


def dataset_url(server_url: str, dataset_id: str) -> str:
    """Return the address at which people answer a dataset."""
    return f"{server_url}/dataset/{dataset_id}/annotation-mode"


def database_url(home: Home) -> str:
    """Return the PostgreSQL of the embedded server: of the environment, else of the settings."""
    settings = load_settings(home.settings_file).argilla
    return os.environ.get(server.DATABASE_VARIABLE) or settings.database_url


def _require_answer(found: AnnotationServer) -> AnnotationServer:
    if not found.running:
        raise AnnotationServerError(
            f"Argilla at {found.url} does not answer, or not to this key. We do not start it: "
            "it is not ours.",
            f"Check argilla.url in workbench.toml and ${KEY_VARIABLE}.",
        )
    return found


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
