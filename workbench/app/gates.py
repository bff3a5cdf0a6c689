"""What every request passes: same origin, a login, the right role, and its own Gradio session.

These are plain ASGI middlewares, so that streamed answers pass through them unbuffered.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.app.context import AppContext
from workbench.judgments import Person
from workbench.workflows.people import who_is

LOGIN_COOKIE = "workbench_login"
RATER_PAGES = ("compare", "chat")
LEAD_PAGES = ("overview", "data", "label", "jobs", "report")

_PUBLIC = re.compile(r"/(login|health|join/[^/]+|static/.+|favicon\.ico)")
# Gradio's own scripts and styles hold nothing of ours, and asking the database for each would cost.
_ASSETS = re.compile(
    r"/(chat|compare|jobs)/(assets|static|svelte)/.+|/(chat|compare|jobs)/theme\.css"
)
_LEAD_ONLY = re.compile(rf"/(?:{'|'.join(LEAD_PAGES)}|api/jobs)(?:/|$)|/$")
# Gradio routes that we use for nothing: files, proxies, recordings, its history and its monitor.
_DENIED = re.compile(
    r"/(proxy=|file=|file/|upload|upload_progress|stream/|run-history|runs/?$|vibe-|undo-vibe|"
    r"monitoring|deep_link|custom_component|dev/reload|profiling|process_recording|"
    r"openapi\.json|api/|call/|token|login_check|component_server)"
)
_GRADIO = re.compile(r"/(?:chat|compare|jobs)(/.*)?")
_MOST_BODY_BYTES = 1 << 20
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class OriginGate:
    """Refuse a change that another site asks for (cross-site request forgery)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and not _is_same_origin(Request(scope)):
            await PlainTextResponse("Refused: another site asked for this.", 403)(
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)


class LoginGate:
    """Let through who is logged in and has the role; send everybody else to the login page."""

    def __init__(self, app: ASGIApp, context: AppContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the person in its state, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # we open no websockets
        path = scope["path"]
        if _ASSETS.fullmatch(path):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        person = await _person(self._context, request)
        scope.setdefault("state", {})["person"] = person
        refusal = None if _PUBLIC.fullmatch(path) else _refusal(request, person)
        await (refusal or self._app)(scope, receive, send)


class GradioGate:
    """Keep Gradio's routes to what our pages use, and each session to the person who began it."""

    def __init__(self, app: ASGIApp, context: AppContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 404 as if the session did not exist."""
        inner = _GRADIO.fullmatch(scope["path"]) if scope["type"] == "http" else None
        person = scope.get("state", {}).get("person") if inner else None
        if inner is None or person is None:
            await self._app(scope, receive, send)
            return
        path = (inner.group(1) or "").removeprefix("/gradio_api")
        body, receive = await _peek(scope, receive)
        if len(body) > _MOST_BODY_BYTES:
            await PlainTextResponse("Too large.", 413)(scope, receive, send)
            return
        hashes = _session_hashes(path, scope, body)
        allowed = all(self._context.owners.claim(item, person.person_id) for item in hashes)
        if _DENIED.match(path) or not allowed:
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def logged_in(request: Request) -> Person:
    """Return who makes a request that has passed the login gate."""
    person: Person = request.scope["state"]["person"]
    return person


async def _person(context: AppContext, request: Request) -> Person | None:
    token = request.cookies.get(LOGIN_COOKIE)
    return await run_in_threadpool(who_is, context.judgments, token) if token else None


def _refusal(request: Request, person: Person | None) -> Response | None:
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if person is None:
        if wants_page:
            return RedirectResponse("/login", 303)
        return JSONResponse({"detail": "Not logged in."}, 401)
    if person.role != "lead" and _LEAD_ONLY.match(request.url.path):
        if wants_page and request.url.path == "/":
            return RedirectResponse("/compare/", 303)
        return JSONResponse({"detail": "Only the lead may see this."}, 403)
    return None


def _is_same_origin(request: Request) -> bool:
    if request.method in _SAFE_METHODS:
        return True
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    # browsers name the site; programs without a browser send neither header
    return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")


async def _peek(scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
    """Read a request's body and return it with a `receive` that gives it again."""
    if scope["method"] in _SAFE_METHODS:
        return b"", receive
    messages: list[Message] = []
    body = b""
    more = True
    while more and len(body) <= _MOST_BODY_BYTES:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body, _replay(messages, receive)


def _replay(messages: list[Message], receive: Receive) -> Receive:
    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return again


def _session_hashes(path: str, scope: Scope, body: bytes) -> set[str]:
    """Return every session hash that a request names: in its path, its query or its body."""
    found = set(parse_qs(scope.get("query_string", b"").decode()).get("session_hash", []))
    if match := re.match(r"/heartbeat/([^/]+)", path):
        found.add(match.group(1))
    if body:
        try:
            named = json.loads(body).get("session_hash")
        except (ValueError, AttributeError):
            named = None
        if isinstance(named, str):
            found.add(named)
    return found
