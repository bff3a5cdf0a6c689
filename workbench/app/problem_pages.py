"""Routes of pages: what goes wrong is said on a page, as what goes right is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from workbench.errors import NotFoundError, StoreBusyError, WorkbenchError

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def problem_page_route(templates: Environment) -> type[APIRoute]:
    """Return a class of routes that answer an error of ours with `problem.html`."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> _Handler:
            handle = super().get_route_handler()

            async def handle_or_explain(request: Request) -> Response:
                try:
                    return await handle(request)
                except WorkbenchError as exc:
                    page = templates.get_template("problem.html")
                    text = page.render(problem=exc, nav=True, title="Not done")
                    return HTMLResponse(text, _status(exc))

            return handle_or_explain

    return PageRoute


def _status(exc: WorkbenchError) -> int:
    if isinstance(exc, NotFoundError):
        return 404
    return 503 if isinstance(exc, StoreBusyError) else 400
