"""Fix a row by hand on a page: its texts as they stand, to be written as they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from jinja2 import Environment
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workbench.app.context import AppContext
from workbench.app.forms import EXPIRED, form_page, is_ours
from workbench.app.gates import logged_in
from workbench.app.problem_pages import problem_page_route
from workbench.errors import DataError, RowChangedError
from workbench.workflows.fix_row import RowToFix, fix_row, open_row


class FixFields(BaseModel):
    """The fields of the form; a row without a rejected output has no field for one."""

    form_token: str = Field("", max_length=100)
    opened: str = Field("", max_length=100)
    reason: str = Field("", max_length=1000)
    input: str
    output: str
    rejected: str | None = None

    def texts(self) -> dict[str, str]:
        """Return what was written; browsers end each line with CR and LF, whatever it had."""
        written = {"input": self.input, "output": self.output, "rejected": self.rejected}
        return {name: text.replace("\r\n", "\n") for name, text in written.items() if text}


def fix_routes(context: AppContext, templates: Environment) -> APIRouter:
    """Return the routes of fixing a row."""
    router = APIRouter(route_class=problem_page_route(templates))

    def page(
        request: Request,
        row: RowToFix,
        *,
        written: Mapping[str, str],
        reason: str = "",
        problem: DataError | None = None,
        status: int = 200,
    ) -> Response:
        return form_page(
            templates,
            request,
            "data_fix.html",
            status=status,
            title=f"Fix row {row.row_id}",
            row=row,
            written={**row.texts, **written},
            reason=reason,
            problem=problem,
            changed=isinstance(problem, RowChangedError),
        )

    @router.get("/data/row/{row}/fix")
    def opened(request: Request, row: str) -> Response:
        return page(request, open_row(context.home, row), written={})

    @router.post("/data/row/{row}/fix")
    def fix(request: Request, row: str, fields: Annotated[FixFields, Form()]) -> Response:
        """Record what was written, or show it again beside what is wrong with it."""
        if not is_ours(request, fields.form_token):
            return HTMLResponse(EXPIRED, 403)
        texts, reason = fields.texts(), fields.reason.strip()
        author = logged_in(request).name
        try:
            fixed = fix_row(
                context.home, row, texts, author=author, reason=reason, opened=fields.opened
            )
        except DataError as exc:
            now = open_row(context.home, row)
            status = 409 if isinstance(exc, RowChangedError) else 400
            return page(request, now, written=texts, reason=reason, problem=exc, status=status)
        return RedirectResponse(f"/data/row/{fixed.row_id}#fixes", 303)

    return router
