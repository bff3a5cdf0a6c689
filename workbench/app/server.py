"""Put the application together and run it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import gradio as gr
from fastapi import FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from workbench.app.api_routes import api_routes, error_reply
from workbench.app.context import AppContext
from workbench.app.data_routes import data_routes
from workbench.app.door_routes import door_routes
from workbench.app.fix_routes import fix_routes
from workbench.app.gates import GradioGate, LoginGate, OriginGate
from workbench.app.headers import InlineScripts, SecurityHeaders
from workbench.app.import_routes import import_routes
from workbench.app.label_routes import label_routes
from workbench.app.page_routes import page_routes
from workbench.app.pages.chat import chat_page
from workbench.app.pages.compare import compare_page
from workbench.app.pages.jobs import jobs_page
from workbench.app.rendering import STATIC, environment
from workbench.app.theme import HEAD, STYLES, page_theme
from workbench.errors import WorkbenchError

_PAGES: dict[str, Callable[[AppContext], gr.Blocks]] = {
    "/compare": compare_page,
    "/chat": chat_page,
    "/jobs": jobs_page,
}


def create_app(context: AppContext) -> FastAPI:
    """Return the application; it closes the context's database when it ends."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        context.judgments.close()

    app = FastAPI(
        title=context.settings.project,
        lifespan=lifespan,
        openapi_url=None,
        middleware=_middleware(context),
    )
    app.add_exception_handler(WorkbenchError, error_reply)
    templates = environment()
    app.mount("/static", StaticFiles(directory=STATIC))
    app.include_router(door_routes(context, templates))
    app.include_router(api_routes(context))
    app.include_router(page_routes(context, templates))
    app.include_router(data_routes(context, templates))
    app.include_router(fix_routes(context, templates))
    app.include_router(import_routes(context, templates))
    app.include_router(label_routes(context, templates))
    for path, build in _PAGES.items():
        app = _mount(app, build(context), path)
    return app


def _middleware(context: AppContext) -> list[Middleware]:
    hosts = ["127.0.0.1", "localhost", "[::1]"]
    if context.settings.app.host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        hosts.append(context.settings.app.host)
    return [
        Middleware(SecurityHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts),
        Middleware(OriginGate),
        Middleware(LoginGate, context=context),
        Middleware(GradioGate, context=context),
        Middleware(InlineScripts),
    ]


def _mount(app: FastAPI, page: gr.Blocks, path: str) -> FastAPI:
    page.queue(max_size=200, default_concurrency_limit=20)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path,
        server_name="127.0.0.1",
        auth_dependency=_person_id,
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        theme=page_theme(),
        css_paths=[STYLES],
        head=HEAD,
    )
    return mounted


def _person_id(request: Request) -> str | None:
    """Tell Gradio whose request this is; the login gate has looked it up."""
    person = request.scope.get("state", {}).get("person")
    return person.person_id if person else None
