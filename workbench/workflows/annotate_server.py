"""Start, find and stop the Argilla server in which people label."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from annotation import server
from annotation.client import ArgillaClient
from annotation.credentials import OWNER, credentials_file, read_credentials
from annotation.server_parts import ServerPart
from annotation.standing import (
    KEY_VARIABLE,
    ConnectionSetupError,
    Finding,
    Standing,
    find_key_problem,
)
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.progress import track
from workbench.settings import load_settings

_STATUS_SECONDS = 5.0  # for an answer, when somebody only wants to know how it stands


@dataclass(frozen=True, slots=True)
class AnnotationServer:
    """Where people label.

    Attributes:
        url: Address of Argilla; empty if the embedded server does not run.
        workspace: Its workspace that holds our datasets.
        credentials_file: File with the owner's password; empty for an existing server.
        running: Whether it can be worked with: it answers, and our key is an owner's.
        standing: How it stands, one of a few words; `ok` if it can be worked with.
        problem: What is wrong; empty if nothing is.
        remedy: What to do about it; empty if nothing is wrong.
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
    standing: Standing
    problem: str = ""
    remedy: str = ""
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
        with open_argilla(home):
            return annotation_status(home)
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
        found = _probe_existing(settings.url)
        told = found.ok, found.standing, found.problem, found.remedy
        return AnnotationServer(settings.url, settings.workspace, "", *told, embedded=False)
    known = server.status(home)
    file = credentials_file(home.secrets)
    return AnnotationServer(
        known.url,
        settings.workspace,
        str(file) if file.is_file() else "",
        known.running,
        known.found.standing,
        known.found.problem,
        known.found.remedy,
        username=OWNER,
        log=known.log,
        parts=known.parts,
        is_indexing=known.is_indexing,
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


def open_argilla(home: Home) -> ArgillaClient:
    """Return a client with an owner's rights: of argilla.url if set, else of the embedded server.

    Raises:
        AnnotationError: There is no key for the existing server, or it is not an owner's.
        AnnotationServerError: The server does not run, does not answer, failed, is not Argilla,
            or refuses the key.
    """
    url = load_settings(home.settings_file).argilla.url
    client = _connect_existing(url) if url else server.connect(home)
    # as long as any request: a part of the server that was killed is back within seconds
    found = client.probe()
    if not found.ok:
        client.close()
        raise found.error()
    return client


def _connect_existing(url: str) -> ArgillaClient:
    if problem := find_key_problem(url, _key()):
        raise problem.error()
    return ArgillaClient(url, _key(), embedded=False)


def _probe_existing(url: str) -> Finding:
    if problem := find_key_problem(url, _key()):
        return problem
    try:
        with ArgillaClient(url, _key(), embedded=False) as client:
            return client.probe(timeout_seconds=_STATUS_SECONDS)
    except ConnectionSetupError as exc:
        return exc.finding


def _key() -> str:
    """Return the key of an existing server, without what a copy or a file adds around it."""
    return os.environ.get(KEY_VARIABLE, "").strip()
