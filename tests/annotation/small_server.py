"""A dataset of two records on a real server, and the requests that the tests make."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from annotation import server
from annotation.client import ArgillaClient, User
from annotation.credentials import read_credentials
from workbench.home import Home
from workbench.workflows.annotate_server import (
    AnnotationServer,
    annotation_status,
    open_argilla,
    start_annotation,
    stop_annotation,
)

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class SmallDataset:
    """A dataset with a text question, answered by the owner."""

    dataset_id: str
    record_ids: tuple[str, ...]


@contextlib.contextmanager
def running_argilla(home: Home) -> Iterator[AnnotationServer]:
    """Yield what the start says; Argilla is stopped also if the start or a test fails."""
    try:
        yield start_annotation(home)
    finally:
        stop_annotation(home)


def make_dataset(home: Home, name: str = "small") -> SmallDataset:
    """Make a dataset of two records that need one answer each."""
    definition = {
        "settings": {"name": name, "distribution": {"strategy": "overlap", "min_submitted": 1}},
        "fields": [{"name": "note", "title": "Note", "settings": {"type": "text"}}],
        "questions": [
            {"name": "answer", "title": "Answer", "required": True, "settings": {"type": "text"}}
        ],
    }
    with open_argilla(home) as client:
        workspace = client.ensure_workspace("workbench")
        dataset = client.create_dataset(workspace, definition)
        rows = [{"external_id": f"row-{n}", "fields": {"note": f"note {n}"}} for n in range(2)]
        list(client.upsert_records(dataset, rows))
        records = tuple(record.record_id for record in client.records(dataset))
    return SmallDataset(dataset, records)


def answer(home: Home, record_id: str, text: str) -> httpx.Response:
    """Submit one answer as the owner, as Argilla's page does."""
    item = {"record_id": record_id, "status": "submitted", "values": {"answer": {"value": text}}}
    return ask(home, "POST", "me/responses/bulk", json={"items": [item]})


def user_of(owner: ArgillaClient, username: str) -> User:
    """Return a user with the key, as only an owner is told it."""
    return next(user for user in owner.users() if user.username == username)


def key_of(owner: ArgillaClient, username: str) -> str:
    """Return a user's key, as only an owner is told it."""
    return user_of(owner, username).api_key


def answer_as(
    owner: ArgillaClient, record_id: str, username: str, values: Mapping[str, Any]
) -> None:
    """Submit one answer as another user."""
    given = {question: {"value": value} for question, value in values.items()}
    item = {"record_id": record_id, "status": "submitted", "values": given}
    with ArgillaClient(owner.url, key_of(owner, username)) as own:
        list(own.answer([item]))


def is_stored(response: httpx.Response) -> bool:
    """Tell whether the server acknowledged the answer."""
    return response.is_success and response.json()["items"][0]["error"] is None


def stored_answers(home: Home, dataset_id: str) -> set[str]:
    """Return the texts that the server has."""
    with open_argilla(home) as client:
        return {
            str(found.values["answer"])
            for record in client.records(dataset_id)
            for found in record.responses
        }


def ask(home: Home, method: str, path: str, **options: Any) -> httpx.Response:
    """Ask the REST interface as the owner."""
    key = {"X-Argilla-API-Key": read_credentials(home.secrets).api_key}
    url = f"{annotation_status(home).url}/api/v1/{path}"
    return httpx.request(method, url, headers=key, timeout=_PATIENCE_SECONDS, **options)


@contextlib.contextmanager
def hooked(home: Home, events: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Listen to events of Argilla's webhooks; what was received so far is in the list."""
    received: list[dict[str, Any]] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        about = {"url": f"http://127.0.0.1:{listener.server_port}/", "description": "test"}
        made = ask(home, "POST", "webhooks", json={**about, "events": list(events)})
        try:
            yield received
        finally:
            ask(home, "DELETE", f"webhooks/{made.json()['id']}")
            listener.shutdown()


def pid_of(home: Home, part: str) -> int:
    """Return the process of a part; 0 if it does not run."""
    return next(item.pid for item in server.status(home).parts if item.name == part)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what the server does in its own time; fail if it never does."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
