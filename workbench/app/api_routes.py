"""The JSON surface: who am I, the next blind comparison, a durable vote, jobs, health."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import JSONResponse

from workbench import jobs
from workbench.app.context import AppContext
from workbench.app.gates import logged_in
from workbench.errors import (
    DiskFullError,
    NotFoundError,
    NotSavedError,
    StoreBusyError,
    WorkbenchError,
)
from workbench.judgments import Person
from workbench.judgments.ballots import last_user_turn
from workbench.judgments.votes import Side
from workbench.workflows.votes import cast_vote, next_assignment, reveal

_LEAD = (
    ("Overview", "/"),
    ("Data", "/data"),
    ("Label", "/label"),
    ("Compare", "/compare/"),
    ("Chat", "/chat/"),
    ("Jobs", "/jobs/"),
    ("Report", "/report"),
)
_RATER = (("Compare", "/compare/"), ("Chat", "/chat/"))


class VoteRequest(BaseModel):
    """One click on the Compare page."""

    model_config = ConfigDict(extra="forbid")

    assignment: str = Field(max_length=40, description="Id of the comparison.")
    choice: str = Field(description="left, right, both_usable or both_unusable.")
    scores: dict[str, int] = Field(
        default_factory=dict, max_length=100, description="`criterion:side` to 1-10."
    )
    key: Annotated[str, StringConstraints(min_length=8, max_length=100)] = Field(
        description="Made once a click; sending it again stores nothing twice."
    )


def api_routes(context: AppContext) -> APIRouter:
    """Return the JSON routes."""
    router = APIRouter()

    @router.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/api/me")
    def me(request: Request) -> dict[str, Any]:
        person = logged_in(request)
        return {"name": person.name, "role": person.role, "pages": pages_of(person)}

    @router.get("/api/next")
    def next_comparison(request: Request) -> dict[str, Any]:
        sheet = next_assignment(context.judgments, logged_in(request))
        if sheet is None:
            return {"assignment": None, "done": 0, "total": 0}
        shown = sheet.assignment
        return {
            "assignment": shown.assignment_id if shown else None,
            "prompt": last_user_turn(shown.prompt) if shown else "",
            "left": shown.left if shown else "",
            "right": shown.right if shown else "",
            "criteria": [criterion["name"] for criterion in sheet.rubric],
            "done": sheet.done,
            "total": sheet.total,
        }

    @router.post("/api/votes")
    def vote(request: Request, body: VoteRequest) -> dict[str, Any]:
        stored = cast_vote(
            context.judgments,
            logged_in(request),
            body.assignment,
            body.choice,
            scores=body.scores,
            idempotency_key=body.key,
        )
        return {
            "saved": True,
            "vote": stored.vote_id,
            "choice": stored.choice,
            "repeated": stored.repeated,
        }

    @router.post("/api/reveal/{assignment_id}")
    def names(request: Request, assignment_id: str) -> dict[Side, str]:
        return reveal(context.judgments, logged_in(request), assignment_id)

    @router.get("/api/jobs")
    def job_list() -> list[dict[str, Any]]:
        return [asdict(job) | {"folder": ""} for job in jobs.list_jobs(context.home.jobs)]

    return router


def pages_of(person: Person) -> list[dict[str, str]]:
    """Return the pages that this person may open."""
    pages = _LEAD if person.role == "lead" else _RATER
    return [{"title": title, "path": path} for title, path in pages]


def error_reply(request: Request, exc: Exception) -> JSONResponse:
    """Say what went wrong in our own words; a vote that was not stored says so first."""
    if not isinstance(exc, WorkbenchError):
        raise exc
    not_saved = isinstance(exc, DiskFullError | NotSavedError | StoreBusyError)
    status = 503 if not_saved else 404 if isinstance(exc, NotFoundError) else 400
    return JSONResponse({"saved": False, "detail": exc.message, "hint": exc.hint}, status)
