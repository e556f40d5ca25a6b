"""A ticket on the desk. Invariant: whatever engine fails, the thread is there and a reply can be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from kb.services import promoting, requesters, reviewing, seeing, teams
from kb.services.requesters import Requester, Searched
from kb.services.reviewing import ReviewItem
from kb.services.seeing import TicketView
from kb.services.teams import Colleague, TeamView
from kb.viewers import Viewer
from web.dependencies import Now, Records, Staff, TheDesk
from web.desk import Desk
from web.locales import gettext as _
from web.pages.desk.suggested import Suggested, suggested
from web.pages.desk.trouble import Trouble
from web.questions import CleanLine
from web.rendering import Page, render
from web.watching import Watching

router = APIRouter()
SOLVED: Final = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the forms of the page and has not been kept."""

    body: str = ""
    internal: bool = False
    resolution: str = ""
    kind: str = ""
    to_team: str = ""
    level: str = ""
    reason: str = ""
    troubles: tuple[Trouble, ...] = ()

    def has_trouble(self, *fields: str) -> bool:
        return any(trouble.field in fields for trouble in self.troubles)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage(Page):
    """A ticket, what may answer it, what was predicted, and who asked."""

    template: ClassVar[str] = "desk/ticket.html"
    ticket: TicketView
    solved: bool
    suggested: Suggested
    review: ReviewItem | None
    unusable: str
    """Why nothing is predicted just now; empty where something is."""
    requester: Requester
    searched: tuple[Searched, ...]
    teams: tuple[TeamView, ...]
    colleagues: tuple[Colleague, ...]
    others: tuple[str, ...]
    """Who else has the ticket open."""
    mine: bool
    typed: Typed = field(default_factory=Typed)


@router.get("/tickets/{reference:path}")
def ticket(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    find: CleanLine = "",
) -> Response:
    return show(request, desk, session, viewer, now, reference, words=find[:400])


def show(
    request: Request,
    desk: Desk,
    session: Records,
    viewer: Viewer,
    now: datetime,
    reference: str,
    *,
    typed: Typed | None = None,
    words: str = "",
    status: int = 200,
) -> Response:
    """The page; `typed` is what a form held that could not be kept."""
    found = seeing.ticket(session, viewer, reference)
    watching: Watching = request.app.state.watching
    page = TicketPage(
        title=found.subject, ticket=found, solved=found.status in SOLVED,
        suggested=suggested(request, desk, session, viewer, now, found, words),
        review=reviewing.item(session, viewer, found.prediction.id, now) if found.prediction else None,
        unusable="" if found.prediction else _(promoting.unusable(desk.escalation)),
        requester=requesters.requester(session, viewer, reference),
        searched=requesters.searched(session, viewer, reference), teams=teams.teams(session, viewer),
        colleagues=teams.colleagues(session, viewer),
        others=watching.here(reference, viewer.account_id or 0, viewer.name),
        mine=found.assignee_id is not None and found.assignee_id == viewer.account_id, typed=typed or Typed(),
    )  # fmt: skip
    return render(request, page, status=status)
