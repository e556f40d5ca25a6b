"""Signing in and out. Invariant: a session is new at every sign-in, dead at sign-out, and leads only to pages of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import SignInError
from kb.services import accounts
from web.cookies import cookie_name, give_cookie, take_cookie
from web.dependencies import Looking, Now, Records, TheDesk
from web.failures import status_of
from web.limits import limited
from web.locales import gettext as _
from web.rendering import Page, render

router = APIRouter()
HOME: Final = {"agent": "/desk/queue", "lead": "/desk/review", "operator": "/desk/queue", "customer": "/"}
LONGEST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(Page):
    """Address and password, and where to go afterwards."""

    template: ClassVar[str] = "signing_in/page.html"
    email: str = ""
    onward: str = ""
    trouble: str = ""


@router.get("/sign-in")
def form(request: Request, viewer: Looking, next: str = "") -> Response:  # noqa: A002 - the name in the address
    if viewer.signed_in:
        return RedirectResponse(_onward(next, viewer.role), 303)
    return render(request, SignInPage(title=_("Sign in"), onward=_ours(next)))


@router.post("/sign-in", dependencies=[Depends(limited("sign-in"))])
def enter(
    request: Request,
    desk: TheDesk,
    session: Records,
    now: Now,
    email: Annotated[str, Form(max_length=LONGEST)] = "",
    password: Annotated[str, Form(max_length=LONGEST)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the name in the form
) -> Response:
    try:
        token, viewer = accounts.sign_in(session, email, password, now, hours=desk.settings.session_hours)
    except SignInError as error:
        # Returned and not raised, so that the failed attempt is committed and counts.
        page = SignInPage(title=_("Sign in"), email=email, onward=_ours(next), trouble=_(error.message))
        return render(request, page, status=status_of(error))
    old = request.cookies.get(cookie_name(desk))
    if old:
        accounts.sign_out(session, old)
    reply = RedirectResponse(_onward(next, viewer.role), 303)
    give_cookie(reply, desk, token)
    return reply


@router.post("/sign-out")
def leave(request: Request, desk: TheDesk, session: Records) -> Response:
    token = request.cookies.get(cookie_name(desk))
    if token:
        accounts.sign_out(session, token)
    reply = RedirectResponse("/?done=signed-out", 303)
    take_cookie(reply, desk)
    return reply


def _ours(address: str) -> str:
    """The address if it is a path of this site, else nothing; browsers read two slashes of either kind as a host."""
    safe = address.startswith("/") and address[1:2] not in {"/", "\\"} and address.isprintable()
    return address if safe and "\\" not in address and not address.startswith("/sign-") else ""


def _onward(address: str, role: str) -> str:
    return _ours(address) or HOME[role]
