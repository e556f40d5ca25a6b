"""The one cookie of a session. Invariant: out of reach of scripts and other sites, and worth nothing once the session ended."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from kb.services import accounts
from kb.viewers import ANONYMOUS, Viewer
from web.desk import Desk


def holder(request: Request, desk: Desk, reading: Session, now: datetime) -> Viewer:
    """Who holds the session that the request's cookie names; nobody in particular where it names none."""
    token = request.cookies.get(cookie_name(desk), "")
    return (accounts.viewer_of(reading, token, now) if token else None) or ANONYMOUS


def cookie_name(desk: Desk) -> str:
    """``__Host-`` ties the cookie to this host and to HTTPS, and works only there."""
    return "__Host-deflect" if desk.settings.secure_cookies else "deflect"


def give_cookie(reply: Response, desk: Desk, token: str) -> None:
    """Let the browser hold the session's token, out of reach of scripts and other sites."""
    reply.set_cookie(
        cookie_name(desk), token, max_age=desk.settings.session_hours * 3600, path="/",
        secure=desk.settings.secure_cookies, httponly=True, samesite="lax",
    )  # fmt: skip


def take_cookie(reply: Response, desk: Desk) -> None:
    """Let the browser forget it."""
    reply.delete_cookie(cookie_name(desk), path="/", secure=desk.settings.secure_cookies, httponly=True, samesite="lax")
