"""The data pages: the gate with its findings, one finding, one row, plots, and tokens."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workbench.app.context import AppContext
from workbench.app.differences import differences, seen, shown
from workbench.app.forms import EXPIRED, form_page, is_ours
from workbench.app.problem_pages import problem_page_route
from workbench.errors import WorkbenchError
from workbench.jobs import Job, list_jobs
from workbench.records import SPLITS
from workbench.workflows.actions import action_arguments, command_line, find_action, start_action
from workbench.workflows.data import list_data
from workbench.workflows.distributions import distributions
from workbench.workflows.evidence import in_words
from workbench.workflows.explain_row import explain_row
from workbench.workflows.finding_samples import sample_finding
from workbench.workflows.gate_overview import gate_overview
from workbench.workflows.inspect_apart import inspection_page
from workbench.workflows.row_texts import imported_texts, published_row
from workbench.workflows.undo_rule import accept_finding, undo_rule

Text = Annotated[str, Form(max_length=1000)]
Said = Literal["undo", "restore", "accept"]
# So many rows are counted within seconds; the command counts all of them.
_COUNTED_ROWS = 2000
# The inspector's page needs nothing but its own styles.
_INSPECTION_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; sandbox"
)
_OUR_PAGE = re.compile(r"/data(?:[/?#][^\\\s]*)?")


def data_routes(context: AppContext, templates: Environment) -> APIRouter:
    """Return the routes of the gate."""
    router = APIRouter(route_class=problem_page_route(templates))
    templates.globals.update(differences=differences, seen=seen, shown=shown, in_words=in_words)
    curate = find_action("curate")
    command = command_line(action_arguments(context.home, curate, {}))

    @router.get("/data")
    def gate(request: Request, version: str = "") -> Response:
        return form_page(
            templates,
            request,
            "data_gate.html",
            title="Data",
            gate=gate_overview(context.home, version),
            command=command,
            job=_last_job(context, curate.title),
        )

    @router.post("/data/curate")
    def curate_again(request: Request, form_token: Text = "") -> Response:
        if not is_ours(request, form_token):
            return HTMLResponse(EXPIRED, 403)
        start_action(context.home, curate.name, {})
        return RedirectResponse("/data#curate", 303)

    @router.get("/data/distributions")
    def plots(request: Request, version: str = "") -> Response:
        overview = gate_overview(context.home, version)
        if overview.version is None:
            return RedirectResponse("/data", 303)  # which says what to do first
        return form_page(
            templates,
            request,
            "data_distributions.html",
            title="Distributions",
            gate=overview,
            shape=distributions(context.home, overview.version.digest),
        )

    _finding_routes(router, context, templates)
    _inspect_routes(router, context, templates)
    _ruling_route(router, context)
    return router


def _finding_routes(router: APIRouter, context: AppContext, templates: Environment) -> None:
    @router.get("/data/finding/{rule}")
    def finding(
        request: Request, rule: str, version: str = "latest", seed: int = 0, original: str = ""
    ) -> Response:
        """Show a sample; the imported text of one row only if `original` names it."""
        sample = sample_finding(context.home, version, rule, seed=seed)
        return form_page(
            templates,
            request,
            "data_finding.html",
            title=rule,
            sample=sample,
            original=original,
            imported=imported_texts(context.home, original) if original else {},
            here=f"/data/finding/{rule}?" + urlencode({"version": sample.version, "seed": seed}),
        )

    @router.get("/data/finding/{rule}/undo")
    def ask_about_all_rows(request: Request, rule: str, version: str = "latest") -> Response:
        sample = sample_finding(context.home, version, rule, n_rows=0)
        return form_page(templates, request, "data_undo.html", title=f"Undo {rule}", sample=sample)

    @router.get("/data/row")
    def find_row(row: str) -> Response:
        found = explain_row(context.home, row.strip())
        return RedirectResponse(f"/data/row/{found.row_id}", 303)

    @router.get("/data/row/{row}")
    def story(request: Request, row: str, version: str = "", original: str = "") -> Response:
        told = explain_row(context.home, row, version=version or None)
        return form_page(
            templates,
            request,
            "data_row.html",
            title=f"Row {told.row_id}",
            story=told,
            published=published_row(context.home, told.version, told.row_id),
            original=bool(original),
            imported=imported_texts(context.home, told.row_id) if original else {},
            here=f"/data/row/{told.row_id}?" + urlencode({"version": told.version}),
        )


def _inspect_routes(router: APIRouter, context: AppContext, templates: Environment) -> None:
    @router.get("/data/inspect")
    def inspector(request: Request, version: str = "", split: str = "", row: str = "") -> Response:
        data = list_data(context.home)
        latest = next((found.digest for found in data.versions), "")
        asked = {"version": version or latest, "split": split, "row": row.strip()}
        return form_page(
            templates,
            request,
            "data_inspect.html",
            title="Inspect",
            versions=data.versions,
            asked=asked,
            splits=SPLITS,
            page=f"/data/inspect/page?{urlencode(asked)}" if latest else "",
        )

    @router.get("/data/inspect/page")
    def inspected(version: str, split: str = "", row: str = "") -> Response:
        """Answer as a page for the frame, also when there is nothing to inspect."""
        try:
            text = inspection_page(
                context.home, version, split=split or None, row=row, sample=_COUNTED_ROWS
            )
        except WorkbenchError as exc:
            problem = templates.get_template("problem.html")
            text = problem.render(problem=exc, nav=False, title="Not inspected")
        return HTMLResponse(text, headers={"Content-Security-Policy": _INSPECTION_POLICY})


def _ruling_route(router: APIRouter, context: AppContext) -> None:
    @router.post("/data/rulings")
    def rule_on(
        request: Request,
        rule: Text,
        said: Annotated[Said, Form()],
        row: Text = "",
        reason: Text = "",
        back: Text = "/data",
        form_token: Text = "",
    ) -> Response:
        if not is_ours(request, form_token):
            return HTMLResponse(EXPIRED, 403)
        reason = reason.strip()
        if said == "accept":
            accept_finding(context.home, rule, row or None, reason=reason)
        else:
            restore = said == "restore"
            undo_rule(context.home, rule, row=row or None, reason=reason, restore=restore)
        return RedirectResponse(back if _OUR_PAGE.fullmatch(back) else "/data", 303)


def _last_job(context: AppContext, title: str) -> Job | None:
    return next((job for job in list_jobs(context.home.jobs) if job.title == title), None)
