"""People who answer as fast as the server lets them, and a ledger of what it acknowledged."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 60.0
_PAUSE_SECONDS = 0.2
_PAGE_RECORDS = 10


@dataclass
class Ledger:
    """What the server acknowledged and how long that took.

    Attributes:
        answers: Last acknowledged text by record and user.
        submit_seconds: How long each acknowledged submit took, waiting for its turn included.
        failures: Requests that got another answer than was asked for, by status.
        n_unreachable: Requests that got no answer.
    """

    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    submit_seconds: list[float] = field(default_factory=list)
    failures: dict[int, int] = field(default_factory=dict)
    n_unreachable: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Annotator(threading.Thread):
    """One person: loads a page of records as Argilla's pages do, answers them one by one."""

    def __init__(
        self, url: str, user: tuple[str, str], dataset: str, ledger: Ledger, *, pause_seconds: float
    ) -> None:
        super().__init__(daemon=True)
        self._address = urlsplit(url).netloc
        self._user_id, self._key = user
        self._dataset = dataset
        self._ledger = ledger
        self._pause_seconds = pause_seconds
        self._random = random.Random(self._user_id)  # noqa: S311 - a load, no secret
        self._connection: http.client.HTTPConnection | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            for record in self._next_page():
                if self.stopping.is_set():
                    return
                self._answer(record)
                self._get(f"datasets/{self._dataset}/progress")
                time.sleep(self._random.uniform(0.5, 1.5) * self._pause_seconds)

    def _next_page(self) -> Sequence[str]:
        pending = {
            "type": "terms",
            "scope": {"entity": "response", "property": "status"},
            "values": ["pending"],
        }
        path = f"me/datasets/{self._dataset}/records/search?limit={_PAGE_RECORDS}&offset=0"
        found = self._ask("POST", path, {"filters": {"and": [pending]}}, HTTPStatus.OK)
        return [item["record"]["id"] for item in found["items"]] if found else []

    def _answer(self, record: str) -> None:
        """Submit an answer until it is acknowledged, as a person would press the button again."""
        text = f"answer of {self._user_id} to {record}, {self._random.random()}"
        item = {
            "record_id": record,
            "status": "submitted",
            "values": {"answer": {"value": text}, "verdict": {"value": "keep"}},
        }
        while not self.stopping.is_set():
            started = time.perf_counter()
            done = self._ask("POST", "me/responses/bulk", {"items": [item]}, HTTPStatus.OK)
            seconds = time.perf_counter() - started
            if done and done["items"][0].get("item"):
                with self._ledger.lock:
                    self._ledger.answers[record, self._user_id] = text
                    self._ledger.submit_seconds.append(seconds)
                return

    def _get(self, path: str) -> dict[str, Any] | None:
        return self._ask("GET", path, None, HTTPStatus.OK)

    def _ask(
        self, method: str, path: str, body: object | None, expected: int
    ) -> dict[str, Any] | None:
        """Return the answer, or None after noting that there was none that was asked for."""
        try:
            status, content = self._request(method, path, body)
        except (OSError, http.client.HTTPException):
            self._connection = None
            with self._ledger.lock:
                self._ledger.n_unreachable += 1
            time.sleep(_PAUSE_SECONDS)
            return None
        if status != expected:
            with self._ledger.lock:
                self._ledger.failures[status] = self._ledger.failures.get(status, 0) + 1
            return None
        return json.loads(content)

    def _request(self, method: str, path: str, body: object | None) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
        headers = {"X-Argilla-Api-Key": self._key, "Content-Type": "application/json"}
        payload = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1/{path}", payload, headers)
        response = self._connection.getresponse()
        return response.status, response.read()
