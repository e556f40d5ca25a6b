"""Moving a ticket along. Invariant: each deed is one form, and what could not be done says why with nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, InvalidError, NotFoundError
from kb.services import reviewing, ticketing
from kb.services.finding import ticket_for
from kb.services.reviewing import Verdict
from kb.services.ticketing import Handoff
from kb.viewers import Viewer
from web.addresses import desk_address
from web.dependencies import Lead, Now, Records, Staff, TheDesk
from web.pages.desk.drafting import onward
from web.pages.desk.ticket import Typed, show
from web.pages.desk.trouble import status_of, trouble_of
from web.questions import CleanLine, CleanText

router = APIRouter()
Name = Annotated[CleanLine, Form(max_length=320)]
Number = Annotated[int, Form(ge=0, lt=2**63)]
SNOOZE: Final = timedelta(hours=4)


@router.post("/tickets/{reference:path}/assign")
def assign(session: Records, viewer: Staff, now: Now, reference: str, to: Name = "") -> Response:
    """Take it (``me``), give it to a colleague, or back to the queue (empty)."""
    ticketing.assign(session, viewer, reference, viewer.email if to == "me" else to or None, now)
    return _back(reference, {"me": "taken", "": "given-back"}.get(to, "assigned"))


@router.post("/tickets/{reference:path}/move")
def move(session: Records, viewer: Staff, now: Now, reference: str, team: Name) -> Response:
    ticketing.move(session, viewer, reference, team, now)
    return _to_ticket_or_queue(session, viewer, reference, "moved")


@router.post("/tickets/{reference:path}/escalate")
def escalate(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    kind: Annotated[CleanLine, Form(max_length=40)] = "functional",
    to_team: Name = "",
    level: Annotated[CleanLine, Form(max_length=20)] = "",
    reason: Annotated[CleanText, Form()] = "",
) -> Response:
    """Hand it up."""
    try:
        ticketing.escalate(session, viewer, reference, Handoff(kind, to_team, reason, level), now)
    except (InvalidError, ConflictError) as error:
        session.rollback()
        trouble = trouble_of(error, "reason")
        # The flow calls every missing team `team`; here the field has a name of its own.
        trouble = replace(trouble, field="to_team") if trouble.field == "team" else trouble
        typed = Typed(kind=kind, to_team=to_team, level=level, reason=reason, troubles=(trouble,))
        return show(request, desk, session, viewer, now, reference, typed=typed, status=status_of(error))
    return _to_ticket_or_queue(session, viewer, reference, "escalated")


@router.post("/tickets/{reference:path}/resolve")
def resolve(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    resolution: Annotated[CleanText, Form()] = "",
    draft: Annotated[str, Form(pattern="^(yes)?$")] = "",
) -> Response:
    """Say what solved it; with `draft` it becomes an article at once."""
    try:
        ticketing.resolve(session, viewer, reference, resolution, now)
    except (InvalidError, ConflictError) as error:
        session.rollback()
        typed = Typed(resolution=resolution, troubles=(trouble_of(error, "resolution"),))
        return show(request, desk, session, viewer, now, reference, typed=typed, status=status_of(error))
    if draft:
        return onward(request, desk, session, viewer, now, reference)
    return _back(reference, "resolved")


@router.post("/tickets/{reference:path}/reopen")
def reopen(session: Records, viewer: Staff, now: Now, reference: str) -> Response:
    try:
        ticketing.reopen(session, viewer, reference, now)
    except ConflictError:
        # Pressed twice: it is open, which is what was wanted.
        session.rollback()
    return _back(reference, "reopened")


@router.post("/tickets/{reference:path}/prediction")
def judge(
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    prediction: Number,
    number: Number,
    said: Annotated[CleanLine, Form(max_length=20)],
    team: Name = "",
    note: Annotated[CleanText, Form(max_length=2000)] = "",
) -> Response:
    """Agree with what was predicted, or override it."""
    until = now + SNOOZE if said == "snoozed" else None
    if said == "undo":
        reviewing.undo(session, viewer, prediction, number, now)
    else:
        reviewing.decide(session, viewer, prediction, Verdict(said, team, until, note), number, now)
    return _to_ticket_or_queue(session, viewer, reference, "judged")


@router.post("/tickets/{reference:path}/answer-request")
def answer_request(
    session: Records,
    viewer: Lead,
    now: Now,
    reference: str,
    escalation: Number,
    answer: Annotated[str, Form(pattern="^(approve|decline)$")],
    onward: Annotated[str, Form(pattern="^(requests)?$")] = "",
) -> Response:
    """A customer asked for a manager."""
    ticketing.answer_request(session, viewer, reference, escalation, now, approve=answer == "approve")
    done = "approved" if answer == "approve" else "declined"
    return RedirectResponse(f"/desk/requests?done={done}", 303) if onward else _back(reference, done)


def _to_ticket_or_queue(session: Records, viewer: Viewer, reference: str, done: str) -> Response:
    """Back to the ticket, unless it went to where the viewer may not follow."""
    try:
        ticket_for(session, viewer, reference)
    except NotFoundError:
        return RedirectResponse(f"/desk/queue?done={done}", 303)
    return _back(reference, done)


def _back(reference: str, done: str) -> Response:
    return RedirectResponse(f"{desk_address(reference)}?done={done}", 303)
