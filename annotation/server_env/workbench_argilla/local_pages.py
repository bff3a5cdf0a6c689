"""Keep Argilla's pages from asking other machines, and its description of itself from everybody.

Its fonts come from a public host otherwise, and so would an image that a record's Markdown names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
# Argilla's own pages hold scripts, and compile the templates of custom fields
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_DOCUMENTATION = ("/docs", "/api", "/api/v1/docs", "/api/v1/redoc", "/api/v1/openapi.json")


def local_only(app: App) -> App:
    """Return the application with a policy on every answer and without its documentation pages.

    Argilla's own setting for the latter has no effect.
    """
    header = (b"content-security-policy", POLICY.encode())

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_documentation(scope["path"]):
            await _send_not_found(send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await app(scope, receive, send_with_policy if scope["type"] == "http" else send)

    return serve


def _is_documentation(path: str) -> bool:
    return path.rstrip("/") in _DOCUMENTATION or path.startswith("/api/v1/docs/")


async def _send_not_found(send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
