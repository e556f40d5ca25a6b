"""A customer's own tickets. Invariant: another person's ticket is not here, by whatever address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError
from kb.services import seeing, ticketing
from kb.services.seeing import QueueRow, TicketView
from web.dependencies import Now, Records, SignedIn
from web.limits import limited
from web.locales import gettext as _
from web.questions import CleanText
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class MinePage(Page):
    """What this person asked, the open ones first."""

    template: ClassVar[str] = "tickets/mine.html"
    waiting: tuple[QueueRow, ...]
    solved: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage(Page):
    """One ticket with its thread."""

    template: ClassVar[str] = "tickets/thread.html"
    ticket: TicketView
    solved: bool
    draft: str = ""
    trouble: str = ""


@router.get("/tickets")
def mine(request: Request, session: Records, viewer: SignedIn) -> Response:
    rows = seeing.mine(session, viewer)
    waiting = tuple(row for row in rows if row.status in ("open", "waiting"))
    solved = tuple(row for row in rows if row not in waiting)
    return render(request, MinePage(title=_("My tickets"), waiting=waiting, solved=solved))


@router.post("/tickets/{reference:path}/reply", dependencies=[Depends(limited("ticket"))])
def reply(
    request: Request,
    session: Records,
    viewer: SignedIn,
    now: Now,
    reference: str,
    body: Annotated[CleanText, Form()] = "",
) -> Response:
    try:
        ticketing.reply(session, viewer, reference, body, now)
    except InvalidError as error:
        return _thread(request, session, viewer, reference, draft=body, trouble=_(error.message))
    return _back(reference, "sent")


@router.post("/tickets/{reference:path}/solved")
def solved(
    request: Request,
    session: Records,
    viewer: SignedIn,
    now: Now,
    reference: str,
    article: Annotated[str, Form(max_length=200)],
) -> Response:
    """Said by the person who asked: it solved it."""
    try:
        ticketing.confirm(session, viewer, reference, article, now)
    except InvalidError as error:
        return _thread(request, session, viewer, reference, trouble=_(error.message))
    return _back(reference, "solved")


@router.post("/tickets/{reference:path}/reopen")
def reopen(session: Records, viewer: SignedIn, now: Now, reference: str) -> Response:
    try:
        ticketing.reopen(session, viewer, reference, now)
    except ConflictError:
        # Pressed twice: it is open, which is what was wanted.
        session.rollback()
    return _back(reference, "reopened")


@router.post("/tickets/{reference:path}/manager", dependencies=[Depends(limited("ticket"))])
def manager(
    request: Request,
    session: Records,
    viewer: SignedIn,
    now: Now,
    reference: str,
    reason: Annotated[CleanText, Form()] = "",
) -> Response:
    """The requester wants somebody with more authority."""
    try:
        ticketing.ask_for_a_manager(session, viewer, reference, reason, now)
    except (InvalidError, ConflictError) as error:
        return _thread(request, session, viewer, reference, trouble=_(error.message))
    return _back(reference, "manager")


@router.get("/tickets/{reference:path}")
def thread(request: Request, session: Records, viewer: SignedIn, reference: str) -> Response:
    return _thread(request, session, viewer, reference)


def _thread(
    request: Request, session: Records, viewer: SignedIn, reference: str, *, draft: str = "", trouble: str = ""
) -> Response:
    ticket = seeing.ticket(session, viewer, reference)
    if ticket.staff and not ticket.mine:
        return RedirectResponse(f"/desk/tickets/{quote(reference)}", 303)
    page = ThreadPage(
        title=ticket.subject, ticket=ticket, solved=ticket.status in ("resolved", "closed"), draft=draft,
        trouble=trouble,
    )  # fmt: skip
    return render(request, page, status=422 if trouble else 200)


def _back(reference: str, done: str) -> Response:
    return RedirectResponse(f"/tickets/{quote(reference)}?done={done}#newest", 303)
