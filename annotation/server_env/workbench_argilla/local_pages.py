"""Keep Argilla's pages from asking other machines: its fonts come from a public host otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_Receive = Callable[[], Awaitable[_Message]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]
POLICY = "style-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'"


def local_only(app: _App) -> _App:
    """Return the application with a policy on every answer; the browser's own fonts are used."""
    header = (b"content-security-policy", POLICY.encode())

    async def serve(scope: _Message, receive: _Receive, send: _Send) -> None:
        async def send_with_policy(message: _Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await app(scope, receive, send_with_policy if scope["type"] == "http" else send)

    return serve
