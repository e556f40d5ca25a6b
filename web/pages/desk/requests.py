"""Customers who asked for a manager. Invariant: the answer is a lead's, and the ticket is one click away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from kb.services import requests
from kb.services.requests import ManagerRequest
from web.dependencies import Lead, Now, Records
from web.locales import gettext as _
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage(Page):
    """What waits for a lead's answer."""

    template: ClassVar[str] = "desk/requests.html"
    requests: tuple[ManagerRequest, ...]


@router.get("/requests")
def waiting(request: Request, session: Records, viewer: Lead, now: Now) -> Response:
    return render(
        request, RequestsPage(title=_("Asked for a manager"), requests=requests.requests(session, viewer, now))
    )
