"""The import wizard: choose a file, see how it would be read, correct that, import it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from jinja2 import Environment
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workbench.app.context import AppContext
from workbench.app.forms import EXPIRED, form_page, is_ours
from workbench.app.problem_pages import problem_page_route
from workbench.curation.importing.column_names import joined_names
from workbench.curation.importing.columns import LAYOUTS, ROLES
from workbench.curation.importing.formats import FORMATS
from workbench.jobs import list_jobs, read_job
from workbench.workflows.actions import command_line
from workbench.workflows.start_import import (
    TITLE,
    ImportChoice,
    chosen_path,
    import_arguments,
    preview_choice,
    start_import,
)
from workbench.workflows.uploads import UPLOAD_LIMIT_BYTES, keep_upload, too_large

_COLUMN = "as."  # a select for each column of the file: as.NAME=ROLE
_DETECTED = "was."  # and what was detected for it
_FORM_BYTES = 1 << 16  # what a form may need around the file


class ChoiceFields(BaseModel):
    """The fields of the wizard's forms; see `ImportChoice`."""

    path: str = Field("", max_length=4096)
    upload: str = Field("", max_length=40)
    mapping: str = Field("", max_length=10_000)
    layout: str = Field("", max_length=40)
    file_format: str = Field("", max_length=40)
    encoding: str = Field("utf-8", max_length=40)
    join: str = Field("", max_length=4096)
    on: str = Field("", max_length=400)
    licence: str = Field("", max_length=200)
    replace: bool = False
    form_token: str = Field("", max_length=100)

    def choice(self, **changes: str) -> ImportChoice:
        """Return what was chosen."""
        return ImportChoice(**{**self.model_dump(exclude={"form_token"}), **changes})


def import_routes(context: AppContext, templates: Environment) -> APIRouter:
    """Return the routes of the import wizard."""
    router = APIRouter(route_class=problem_page_route(templates))

    def page(request: Request, template: str, **values: Any) -> Response:  # noqa: ANN401
        return form_page(templates, request, template, title="Import", **values)

    @router.get("/data/import")
    def start(request: Request, job: str = "") -> Response:
        shown = read_job(context.home.jobs, job) if job else None
        recent = [found for found in list_jobs(context.home.jobs) if found.title == TITLE][:5]
        limit = UPLOAD_LIMIT_BYTES >> 20
        return page(request, "data_import.html", job=shown, recent=recent, limit_megabytes=limit)

    @router.post("/data/import/upload")
    async def upload(request: Request) -> Response:
        """Take a file; its length is known before a byte of it is read."""
        if int(request.headers.get("content-length") or 2**63) > UPLOAD_LIMIT_BYTES + _FORM_BYTES:
            raise too_large()
        async with request.form(max_files=1, max_fields=1) as form:
            if not is_ours(request, str(form.get("form_token", ""))):
                return HTMLResponse(EXPIRED, 403)
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                return RedirectResponse("/data/import", 303)
            name = sent.filename or ""
            kept = await run_in_threadpool(keep_upload, context.home, name, sent.file)
        return RedirectResponse(f"/data/import/preview?upload={kept}", 303)

    @router.get("/data/import/preview")
    def preview(request: Request, fields: Annotated[ChoiceFields, Query()]) -> Response:
        choice = fields.choice(mapping=_mapping(request.query_params) or fields.mapping)
        return page(
            request,
            "data_import_preview.html",
            choice=choice,
            preview=preview_choice(context.home, choice),
            name=chosen_path(context.home, choice).name,
            command=command_line(import_arguments(context.home, choice)),
            roles=[role for role in ROLES if role != "key" or choice.join],
            layouts=LAYOUTS,
            formats=FORMATS,
        )

    @router.post("/data/import")
    def begin(request: Request, fields: Annotated[ChoiceFields, Form()]) -> Response:
        if not is_ours(request, fields.form_token):
            return HTMLResponse(EXPIRED, 403)
        job = start_import(context.home, fields.choice())
        return RedirectResponse("/data/import?" + urlencode({"job": job.job_id}), 303)

    return router


def _mapping(given: Mapping[str, str]) -> str:
    """Return the roles that were chosen column by column, as `--map` takes them.

    Empty if they are those that were detected: then the importer finds them again.
    """
    chosen = {key[len(_COLUMN) :]: role for key, role in given.items() if key.startswith(_COLUMN)}
    detected = {
        key[len(_DETECTED) :]: role for key, role in given.items() if key.startswith(_DETECTED)
    }
    if chosen == detected:
        return ""
    columns: dict[str, list[str]] = {}
    for column, role in chosen.items():
        if role:
            columns.setdefault(role, []).append(column)
    return ",".join(f"{role}={joined_names(names)}" for role, names in columns.items())
