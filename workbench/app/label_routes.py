"""The Label page: how labelling in Argilla goes, and the way there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workbench.app.context import AppContext
from workbench.app.forms import EXPIRED, form_page, is_ours
from workbench.app.problem_pages import problem_page_route
from workbench.workflows.annotate_progress import labelling_overview, start_reading

Text = Annotated[str, Form(max_length=200)]


def label_routes(context: AppContext, templates: Environment) -> APIRouter:
    """Return the routes of the Label page."""
    router = APIRouter(route_class=problem_page_route(templates))

    @router.get("/label")
    def label(request: Request) -> Response:
        shown = labelling_overview(context.home)
        return form_page(templates, request, "label.html", title="Label", overview=shown)

    @router.post("/label/read")
    def read(request: Request, dataset: Text, form_token: Text = "") -> Response:
        if not is_ours(request, form_token):
            return HTMLResponse(EXPIRED, 403)
        start_reading(context.home, dataset)
        return RedirectResponse("/label", 303)

    return router
