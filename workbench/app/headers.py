"""Response headers that keep a page to itself: no framing, no foreign script, no leftovers."""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio styles its components inline. `unsafe-eval` is not needed, so `gr.LinePlot` stays unused.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'{scripts}; connect-src 'self'; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'"
)
PAGE_POLICY = _POLICY.format(scripts="")
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    # `no-referrer` would make browsers send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_CACHED = re.compile(r"/(chat|compare|jobs)/(assets|static)/.+")
_GRADIO_PAGE = re.compile(r"/(chat|compare|jobs)/")
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """Add the headers to every response that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cache = "private, max-age=86400" if _CACHED.fullmatch(scope["path"]) else "no-store"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers["Cache-Control"] = cache
            await send(message)

        await self._app(scope, receive, with_headers)


class InlineScripts:
    """Allow the scripts that Gradio writes into its page, and no other inline script.

    The page holds its configuration as a script. Allowing exactly that text by its hash saves the
    browser two more requests; the rest of the policy stays as it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; a Gradio page gets a policy of its own."""
        if scope["type"] != "http" or not _GRADIO_PAGE.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def gather(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body", False):
                return
            headers = MutableHeaders(scope=start)
            headers["Content-Security-Policy"] = page_policy(body)
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, gather)


def page_policy(page: bytes) -> str:
    """Return the policy of a page that may run the inline scripts that it holds itself."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    hashes = (f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return _POLICY.format(scripts="".join(hashes))
