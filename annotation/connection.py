"""One HTTP connection to an Argilla server: how it is opened, asked and probed, how it fails."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping
from typing import Any, cast

import httpx

from annotation.refusals import ConflictError, NotOnServerError, NotTakenError
from annotation.standing import ConnectionSetupError, Finding, Standing
from workbench.errors import AnnotationError

_KEY_HEADER = "X-Argilla-API-Key"
_OWNER = "owner"
_TIMEOUT = httpx.Timeout(120.0, connect=5.0)
_MAX_DETAIL = 300
_NOT_FOUND = httpx.codes.NOT_FOUND
_KINDS: Mapping[int, type[AnnotationError]] = {
    _NOT_FOUND: NotOnServerError,
    httpx.codes.CONFLICT: ConflictError,
    httpx.codes.UNPROCESSABLE_ENTITY: NotTakenError,
}
_KEY_STATUSES = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)

# httpx logs each address that it asks; neither addresses nor keys belong into our logs
logging.getLogger("httpx").setLevel(logging.WARNING)


class Connection:
    """A connection to one server with one key.

    Args:
        url: Address of the server.
        api_key: Of the user as whom we ask; printable ASCII.
        embedded: Whether the server is ours, which decides what an error advises.
        transport: What carries requests instead of the network.

    Raises:
        ConnectionSetupError: The address is none, or the environment names a proxy or certificates
            that cannot be used.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        embedded: bool,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.embedded = embedded
        try:
            self._http = _open(self.url, api_key, transport)
        except (httpx.InvalidURL, UnicodeError) as exc:
            found = self._finding(Standing.WRONG_ADDRESS, str(exc))
            raise ConnectionSetupError(found) from exc
        except (ValueError, ImportError, OSError) as exc:
            found = self._finding(Standing.WRONG_ENVIRONMENT, type(exc).__name__)
            raise ConnectionSetupError(found) from exc

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def probe(self, *, timeout_seconds: float | None = None) -> Finding:
        """Return whether this is an Argilla that answers and knows our key as an owner's.

        Args:
            timeout_seconds: How long to wait for each answer; None for as long as any request.
        """
        timeout = _TIMEOUT if timeout_seconds is None else httpx.Timeout(timeout_seconds)
        try:
            answer = self._http.get("me", timeout=timeout)
            if answer.status_code not in _KEY_STATUSES:
                return self._who(answer)
            # a key can be refused by anything; only Argilla says its version to everybody
            version = self._http.get("version", timeout=timeout)
        except httpx.TransportError as exc:
            return self._finding(Standing.UNREACHABLE, type(exc).__name__)
        if isinstance(_json(version).get("version"), str):
            return self._finding(Standing.KEY_REFUSED, str(answer.status_code))
        return self._finding(Standing.NOT_ARGILLA, _seen(answer))

    def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - as httpx
        """Send a request, with options as of httpx, and return the JSON object of the answer.

        Raises:
            AnnotationError: The server refused the request.
            AnnotationServerError: It does not answer, failed, or is not Argilla.
        """
        try:
            answer = self._request(method, path, **options)
        except httpx.TransportError as exc:
            raise self._finding(Standing.UNREACHABLE, type(exc).__name__).error() from exc
        if answer.is_success and not answer.content:
            return {}
        if not _is_json(answer) and (not answer.is_error or answer.status_code == _NOT_FOUND):
            raise self._finding(Standing.NOT_ARGILLA, _seen(answer)).error()
        if answer.is_success:
            return cast("dict[str, Any]", answer.json())
        raise self._refusal(answer, f"{method} {path}")

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - as httpx
        try:
            return self._http.request(method, path, **options)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            if method != "GET":
                raise
            # after each failure (500) the server closes the connection, without saying so
            return self._http.request(method, path, **options)

    def _who(self, answer: httpx.Response) -> Finding:
        """Return what the answer to `me` tells."""
        if answer.is_server_error:
            return self._finding(Standing.FAILED, f"{answer.status_code} for GET me")
        role = _json(answer).get("role") if answer.is_success else None
        if not isinstance(role, str):
            return self._finding(Standing.NOT_ARGILLA, _seen(answer))
        if role != _OWNER:
            return self._finding(Standing.NOT_OWNER, f"its user's role is {role}")
        return self._finding(Standing.OK)

    def _refusal(self, answer: httpx.Response, request: str) -> AnnotationError:
        """Return the error for a refusal; 422 may quote text, so it is cut."""
        status = answer.status_code
        seen = f"{status} for {request}"
        if status == httpx.codes.UNAUTHORIZED:
            return self._finding(Standing.KEY_REFUSED, seen).error()
        if status == httpx.codes.FORBIDDEN:
            return AnnotationError(
                f"Argilla at {self.url} does not allow {request} to this user (403).",
                "Use the key of an owner.",
            )
        if answer.is_server_error:
            return self._finding(Standing.FAILED, seen).error()
        detail = answer.text[:_MAX_DETAIL] if _is_json(answer) else _seen(answer)
        kind = _KINDS.get(status, AnnotationError)
        return kind(
            f"Argilla at {self.url} refused {request} ({status}): {detail}",
            "The command can be run again once the cause is mended; nothing is lost.",
        )

    def _finding(self, standing: Standing, detail: str = "") -> Finding:
        return Finding(standing, self.url, self.embedded, detail)


def _open(url: str, api_key: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    httpx.URL(url).host.encode("idna")  # what no name server would be asked, such as a..b
    local = is_loopback(url)
    if local and transport is None:
        transport = httpx.HTTPTransport(retries=1)
    return httpx.Client(
        base_url=f"{url}/api/v1/",
        headers={_KEY_HEADER: api_key},
        timeout=_TIMEOUT,
        # httpx takes the proxies of the environment only where no transport is given
        transport=transport,
        trust_env=not local,  # a proxy of the company must not see what stays on this machine
    )


def is_loopback(url: str) -> bool:
    """Tell whether an address is of this machine alone."""
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_json(answer: httpx.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def _json(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer; empty if it is none."""
    content = answer.json() if _is_json(answer) else None
    return content if isinstance(content, dict) else {}


def _seen(answer: httpx.Response) -> str:
    """Return what an answer was, without what it says."""
    if answer.is_redirect:
        return f"{answer.status_code}, it leads to {answer.headers.get('location', '')[:200]}"
    kind = answer.headers.get("content-type", "").partition(";")[0] or "nothing"
    return f"{answer.status_code} with {kind[:60]}"
