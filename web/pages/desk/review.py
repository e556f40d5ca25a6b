"""Predicted escalations on one screen: the list, why, similar cases, and the verdict.

Invariant: the list is sorted by need, and what was decided in the last minutes can be undone from wherever one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kb.services import choosing, promoting, requests, reviewing, seeing, teams, verdicts
from kb.services.asking import Asked
from kb.services.choosing import Chosen
from kb.services.reviewing import STATES, ReviewItem
from kb.services.seeing import TicketView
from kb.services.similar import SimilarTicket, similar_tickets
from kb.services.teams import TeamView
from kb.services.verdicts import Decided
from kb.viewers import Viewer
from web.dependencies import Lead, Now, Records, TheDesk
from web.desk import Desk
from web.locales import gettext as _
from web.pages.desk.trouble import Trouble
from web.questions import find
from web.readiness import Readiness
from web.rendering import Page, render

router = APIRouter()
PAGE: Final = 50
SIMILAR: Final = 4


@dataclass(frozen=True, slots=True)
class Case:
    """The prediction at hand, with all that is needed to decide."""

    item: ReviewItem
    ticket: TicketView
    similar: tuple[SimilarTicket, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the last deed came to, for a notice."""

    kept: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage(Page):
    """The list in one state, and one case of it."""

    template: ClassVar[str] = "desk/review.html"
    state: str
    states: tuple[tuple[str, str, int], ...]
    """(state, name, how many)"""
    items: tuple[ReviewItem, ...]
    total: int
    page: int
    pages: int
    case: Case | None
    previous: int | None
    following: int | None
    """Neighbours in the list, by prediction."""
    recent: tuple[Decided, ...]
    teams: tuple[TeamView, ...]
    requests: int
    told: Told | None
    trouble: Trouble | None
    chosen: Chosen
    """How alarms are decided."""
    unusable: str
    """Why nothing is predicted just now; empty where something is."""
    asked: bool
    """Whether the address names the case, so that the reader goes straight to it."""


@router.get("/review")
def review(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Lead,
    now: Now,
    state: Annotated[str, Query(pattern="^(open|acknowledged|snoozed|disagreed|all)$")] = "open",
    at: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    kept: Annotated[int | None, Query(ge=0, le=10_000)] = None,
    late: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    told = Told(kept, late) if kept is not None else None
    return show(request, desk, session, viewer, now, state=state, at=at, page=page, told=told)


def show(
    request: Request,
    desk: Desk,
    session: Records,
    viewer: Viewer,
    now: datetime,
    *,
    state: str,
    at: int | None,
    page: int = 1,
    told: Told | None = None,
    trouble: Trouble | None = None,
    status: int = 200,
) -> Response:
    """The page. Without `at` the first of the list is looked at."""
    every = reviewing.predicted(session, viewer, now, show="")
    listed = every if state == "all" else tuple(item for item in every if item.state == state)
    pages = max(1, -(-len(listed) // PAGE))
    shown = listed[(min(page, pages) - 1) * PAGE : min(page, pages) * PAGE]
    case = _case(request, desk, session, viewer, now, at or (shown[0].prediction.id if shown else None))
    numbers = [item.prediction.id for item in listed]
    place = numbers.index(case.item.prediction.id) if case and case.item.prediction.id in numbers else None
    return render(request, ReviewPage(
        title=f"{case.item.subject} · {_('Review')}" if case and at else _("Review"), state=state, states=_states(every), items=shown, total=len(listed), page=min(page, pages),
        pages=pages, case=case, previous=numbers[place - 1] if place else None,
        following=numbers[place + 1] if place is not None and place + 1 < len(numbers) else None,
        recent=verdicts.recent(session, viewer, now), teams=teams.teams(session, viewer),
        requests=len(requests.requests(session, viewer, now)), told=told, trouble=trouble,
        chosen=choosing.chosen(session, desk.escalation), unusable=_(promoting.unusable(desk.escalation)), asked=at is not None,
    ), status=status)  # fmt: skip


def following(session: Records, viewer: Viewer, now: datetime, state: str, at: int) -> int | None:
    """The prediction that comes after this one in the list, or before it where it is the last."""
    listed = reviewing.predicted(session, viewer, now, show="" if state == "all" else state)
    numbers = [item.prediction.id for item in listed]
    if at not in numbers:
        return None
    place = numbers.index(at)
    rest = numbers[place + 1 :] or list(reversed(numbers[:place]))
    return rest[0] if rest else None


def _case(
    request: Request, desk: Desk, session: Records, viewer: Viewer, now: datetime, prediction: int | None
) -> Case | None:
    if prediction is None:
        return None
    item = reviewing.item(session, viewer, prediction, now)
    ticket = seeing.ticket(session, viewer, item.reference)
    readiness: Readiness = request.app.state.readiness
    if not readiness.warm:
        return Case(item, ticket, (), _("Similar cases are being loaded. Reload the page in a moment."))
    asked = Asked(
        ticket.subject, ticket.body, ticket.product, ticket.topic, surface="agent", ticket_id=ticket.id,
        locale=ticket.locale,
    )  # fmt: skip
    answer = find(desk, session, asked, viewer, now, limit=1)
    similar = similar_tickets(session, answer.candidates, viewer, limit=SIMILAR) if answer.candidates else ()
    return Case(item, ticket, similar, _(answer.note))


def _states(every: tuple[ReviewItem, ...]) -> tuple[tuple[str, str, int], ...]:
    names = {
        "open": _("To decide"), "acknowledged": _("Acknowledged"), "snoozed": _("Snoozed"),
        "disagreed": _("Disagreed"),
    }  # fmt: skip
    counted = [(state, names[state], sum(i.state == state for i in every)) for state in STATES if state in names]
    return (*counted, ("all", _("All"), len(every)))
