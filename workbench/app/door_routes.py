"""Coming in and going out: log in, accept an invitation, the account page, sign out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workbench.app.context import AppContext
from workbench.app.forms import EXPIRED, FORM_COOKIE, form_page, is_ours, new_token, set_cookie
from workbench.app.gates import LOGIN_COOKIE, logged_in
from workbench.errors import WorkbenchError
from workbench.judgments import PersonRole
from workbench.judgments.people import LIFE_LIMIT
from workbench.workflows.people import accept, invite, invited_role, sign_in, sign_out

Text = Annotated[str, Form()]


def door_routes(context: AppContext, templates: Environment) -> APIRouter:
    """Return the routes of login, invitation, account and logout."""
    router = APIRouter()
    door = _Door(context, templates)

    @router.get("/login")
    def login_page(request: Request) -> Response:
        return door.show_login(request)

    @router.post("/login")
    def login(request: Request, name: Text, password: Text, form_token: Text = "") -> Response:
        if not is_ours(request, form_token):
            return door.show_login(request, problem=EXPIRED, name=name, status=403)
        keys = (f"name:{name.strip().lower()}", f"address:{_address(request)}")
        if wait := context.throttle.begin(*keys):
            return door.show_login(request, problem=_too_many(wait), name=name, status=429)
        try:
            token = sign_in(context.judgments, name, password)
        except WorkbenchError as exc:
            return door.show_login(request, problem=str(exc), name=name, status=401)
        context.throttle.succeeded(*keys)
        return _enter(request, token)

    @router.get("/join/{token}")
    def join_page(request: Request, token: str) -> Response:
        return door.show_invitation(request, token)

    @router.post("/join/{token}")
    def join(
        request: Request, token: str, name: Text, password: Text, form_token: Text = ""
    ) -> Response:
        if not is_ours(request, form_token):
            return door.show_invitation(request, token, problem=EXPIRED, name=name, status=403)
        key = f"join:{_address(request)}"
        if wait := context.throttle.begin(key):
            return door.show_invitation(
                request, token, problem=_too_many(wait), name=name, status=429
            )
        try:
            person = accept(context.judgments, token, name, password)
        except WorkbenchError as exc:
            return door.show_invitation(request, token, problem=str(exc), name=name, status=400)
        context.throttle.succeeded(key)
        return _enter(request, sign_in(context.judgments, person.name, password))

    _account_routes(router, context, door)
    return router


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def _too_many(wait_seconds: float) -> str:
    return f"Too many failed tries. Wait {wait_seconds:.0f} seconds."


def _account_routes(router: APIRouter, context: AppContext, door: _Door) -> None:
    @router.get("/account")
    def account(request: Request) -> Response:
        return door.page(request, "account.html", person=logged_in(request), link="", title="You")

    @router.post("/account/invite")
    def invitation(request: Request, role: Text, form_token: Text = "") -> Response:
        person = logged_in(request)
        if not is_ours(request, form_token) or person.role != "lead":
            return HTMLResponse("Refused.", 403)
        wanted: PersonRole = "lead" if role == "lead" else "rater"
        link = f"{request.base_url}join/{invite(context.judgments, wanted)}"
        return door.page(request, "account.html", person=person, link=link, title="You")

    @router.post("/logout")
    def logout(request: Request, form_token: Text = "") -> Response:
        if not is_ours(request, form_token):
            return HTMLResponse(EXPIRED, 403)
        sign_out(context.judgments, request.cookies[LOGIN_COOKIE])
        reply = RedirectResponse("/login", 303)
        reply.delete_cookie(LOGIN_COOKIE, path="/")
        return reply


class _Door:
    """Renders the pages before and around the login, each form with its token."""

    def __init__(self, context: AppContext, templates: Environment) -> None:
        self._context = context
        self._templates = templates

    def show(
        self,
        request: Request,
        *,
        lead: str,
        button: str,
        action: str,
        problem: str = "",
        name: str = "",
        joining: bool = False,
        status: int = 200,
    ) -> Response:
        return self.page(
            request,
            "door.html",
            status=status,
            nav=False,
            title=f"{self._context.settings.project} · sign in",
            project=self._context.settings.project,
            lead=lead,
            button=button,
            action=action,
            problem=problem,
            name=name,
            joining=joining,
        )

    def show_login(
        self, request: Request, *, problem: str = "", name: str = "", status: int = 200
    ) -> Response:
        return self.show(
            request,
            lead="Sign in to go on.",
            button="Sign in",
            action="/login",
            problem=problem,
            name=name,
            status=status,
        )

    def show_invitation(
        self,
        request: Request,
        token: str,
        *,
        problem: str = "",
        name: str = "",
        status: int = 200,
    ) -> Response:
        try:
            role = invited_role(self._context.judgments, token)
        except WorkbenchError as exc:
            return self.show(
                request, lead="Invitation", button="", action="", problem=str(exc), status=404
            )
        lead = "You lead this project." if role == "lead" else "You are invited to compare answers."
        return self.show(
            request,
            lead=f"{lead} Choose a name and a password.",
            button="Create account",
            action=f"/join/{token}",
            problem=problem,
            name=name,
            joining=True,
            status=status,
        )

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        nav: bool = True,
        **values: Any,  # noqa: ANN401 - whatever the template names
    ) -> Response:
        return form_page(self._templates, request, template, status=status, nav=nav, **values)


def _enter(request: Request, token: str) -> Response:
    reply = RedirectResponse("/", 303)
    set_cookie(reply, request, LOGIN_COOKIE, token, max_age_seconds=int(LIFE_LIMIT.total_seconds()))
    set_cookie(reply, request, FORM_COOKIE, new_token())
    return reply
