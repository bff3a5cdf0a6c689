"""Vote through the application's HTTP surface, as a browser would: for scripted raters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from workbench.errors import NotFoundError, NotSavedError, ServingError

_FORM_COOKIE = "workbench_form"
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class BlindComparison:
    """What a rater is shown; nothing in it tells who wrote the answers."""

    assignment: str
    prompt: str
    left: str
    right: str
    criteria: tuple[str, ...]
    done: int
    total: int


class RaterClient:
    """One logged-in rater."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(
            base_url=url, timeout=_TIMEOUT_SECONDS, headers={"Origin": url}, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def log_in(self, name: str, password: str) -> None:
        """Sign in.

        Raises:
            NotFoundError: Name or password is wrong, or there were too many tries.
        """
        self._send("GET", "/login")
        form = {
            "name": name,
            "password": password,
            "form_token": self._http.cookies.get(_FORM_COOKIE, ""),
        }
        reply = self._send("POST", "/login", data=form)
        if reply.status_code != httpx.codes.SEE_OTHER:
            raise NotFoundError(
                f"The application let {name!r} not in ({reply.status_code}).",
                "Check the password, or wait a minute after failed tries.",
            )

    def next(self) -> BlindComparison | None:
        """Return what to judge next, or None when everything is judged or no study is open."""
        shown = self._json("GET", "/api/next")
        if shown["assignment"] is None:
            return None
        return BlindComparison(**{**shown, "criteria": tuple(shown["criteria"])})

    def vote(
        self,
        assignment: str,
        choice: str,
        *,
        scores: Mapping[str, int] | None = None,
        key: str | None = None,
    ) -> str:
        """Cast a vote and return its id; when this returns, it is on the disk.

        Args:
            assignment: Id of the comparison.
            choice: left, right, both_usable or both_unusable.
            scores: `criterion:left` or `criterion:right` to 1-10.
            key: One a click; by default a fresh one.

        Raises:
            NotSavedError: It was not stored.
        """
        body = {
            "assignment": assignment,
            "choice": choice,
            "scores": dict(scores or {}),
            "key": key or uuid.uuid4().hex,
        }
        return str(self._json("POST", "/api/votes", json=body)["vote"])

    def _json(self, method: str, path: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx takes it
        reply = self._send(method, path, **content)
        if reply.is_error:
            detail = (
                reply.json().get("detail", "") if "json" in reply.headers["content-type"] else ""
            )
            raise NotSavedError(f"{path} answered {reply.status_code}: {detail}", "Try again.")
        found: dict[str, Any] = reply.json()
        return found

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx takes it
        try:
            return self._http.request(method, path, **content)
        except httpx.HTTPError as exc:
            raise ServingError(
                f"The application does not answer ({type(exc).__name__}).",
                "Start it with `workbench app`.",
            ) from exc
