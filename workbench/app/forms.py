"""Pages with forms: each form carries a token that only the browser which got the page has."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

FORM_COOKIE = "workbench_form"
EXPIRED = "This form has expired. Try again."


def form_page(
    templates: Environment,
    request: Request,
    template: str,
    *,
    status: int = 200,
    nav: bool = True,
    **values: Any,  # noqa: ANN401 - whatever the template names
) -> Response:
    """Fill a template that holds forms; it names `form_token` in each of them."""
    token = request.cookies.get(FORM_COOKIE) or new_token()
    text = templates.get_template(template).render(form_token=token, nav=nav, **values)
    reply = HTMLResponse(text, status)
    set_cookie(reply, request, FORM_COOKIE, token)
    return reply


def is_ours(request: Request, form_token: str) -> bool:
    """Tell whether a form came from a page that we gave to this very browser."""
    expected = request.cookies.get(FORM_COOKIE, "")
    return bool(expected) and hmac.compare_digest(expected.encode(), form_token.encode())


def new_token() -> str:
    """Return a form token for a browser that has none, or has just logged in."""
    return secrets.token_urlsafe(24)


def set_cookie(
    reply: Response,
    request: Request,
    name: str,
    value: str,
    *,
    max_age_seconds: int | None = None,
) -> None:
    """Set a cookie out of reach of scripts and of other sites' forms."""
    reply.set_cookie(
        name,
        value,
        max_age=max_age_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
