"""The server's own pages: where the project stands, and the report."""

from __future__ import annotations

from fastapi import APIRouter
from jinja2 import Environment
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from workbench.app.context import AppContext
from workbench.workflows.overview import newest_report, project_overview

# The report draws its own charts: its scripts run, but in a sandbox without our cookies and
# without a network.
_REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'self'; sandbox allow-scripts"
)


def page_routes(context: AppContext, templates: Environment) -> APIRouter:
    """Return the routes of the overview and the report."""
    router = APIRouter()

    @router.get("/")
    def overview() -> Response:
        shown = project_overview(context.home, context.judgments)
        page = templates.get_template("overview.html")
        return HTMLResponse(page.render(overview=shown, nav=True, title=shown.project))

    @router.get("/overview")
    def overview_alias() -> Response:
        return RedirectResponse("/", 303)

    @router.get("/report")
    def report() -> Response:
        found = newest_report(context.home)
        page = templates.get_template("report.html")
        name = found.name if found else ""
        return HTMLResponse(page.render(name=name, nav=True, title="Report"))

    @router.get("/report/page")
    def report_page() -> Response:
        found = newest_report(context.home)
        if found is None:
            return HTMLResponse("There is no report yet.", 404)
        return FileResponse(
            found, media_type="text/html", headers={"Content-Security-Policy": _REPORT_POLICY}
        )

    return router
