"""The queue. Invariant: every filter stands in the address, so a view can be kept, sent and gone back to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kb.services import reading, seeing, teams
from kb.services.seeing import PAGE, QueueFilter, QueueRow
from web.dependencies import Records, Staff
from web.locales import gettext as _
from web.questions import CleanLine
from web.rendering import Page, render

router = APIRouter()
STATUSES: Final = ("unsolved", "open", "waiting", "resolved", "any")
DECISIONS: Final = ("", "escalate", "unsure", "keep")
LAST_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters as the address has them."""

    status: str = "unsolved"
    team: str = ""
    product: str = ""
    decision: str = ""
    text: str = ""
    mine: str = ""
    page: int = 1

    @property
    def query(self) -> str:
        """For the address; what is not set is left out."""
        named = {name: getattr(self, name) for name in ("status", "team", "product", "decision", "text", "mine")}
        known = {name: value for name, value in named.items() if value and (name, value) != ("status", "unsolved")}
        return urlencode(known | ({"page": self.page} if self.page > 1 else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage(Page):
    """Tickets of the desk, newest first."""

    template: ClassVar[str] = "desk/queue.html"
    wanted: Wanted
    rows: tuple[QueueRow, ...]
    total: int
    pages: int
    earlier: str
    later: str
    """Addresses of the pages before and after; empty where there is none."""
    statuses: tuple[tuple[str, str], ...]
    decisions: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    products: tuple[str, ...]
    narrowed: bool


@router.get("/queue")
def queue(
    request: Request,
    session: Records,
    viewer: Staff,
    status: Annotated[str, Query(pattern="^(unsolved|open|waiting|resolved|any)$")] = "unsolved",
    team: CleanLine = "",
    product: CleanLine = "",
    decision: Annotated[str, Query(pattern="^(escalate|unsure|keep)?$")] = "",
    text: CleanLine = "",
    mine: Annotated[str, Query(pattern="^(yes)?$")] = "",
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Response:
    wanted = Wanted(status, team[:200], product[:200], decision, text[:200], mine, page)
    asked = QueueFilter(
        status="" if status == "any" else status, team=wanted.team, product=wanted.product, decision=decision,
        text=wanted.text, assignee_id=viewer.account_id if mine else None,
    )  # fmt: skip
    rows, total = seeing.queue(session, viewer, asked, offset=(page - 1) * PAGE)
    pages = max(1, -(-total // PAGE))
    return render(request, QueuePage(
        title=_("Queue"), wanted=wanted, rows=rows, total=total, pages=pages,
        earlier=_page_address(wanted, page - 1) if page > 1 else "",
        later=_page_address(wanted, page + 1) if page < pages else "",
        statuses=_named_statuses(), decisions=_named_decisions(),
        teams=tuple(each.name for each in teams.teams(session, viewer)),
        products=tuple(shelf.name for shelf in reading.home(session, viewer).products),
        narrowed=replace(wanted, page=1) != Wanted(),
    ))  # fmt: skip


def _page_address(wanted: Wanted, page: int) -> str:
    query = replace(wanted, page=page).query
    return f"/desk/queue?{query}" if query else "/desk/queue"


def _named_statuses() -> tuple[tuple[str, str], ...]:
    names = (_("Not solved"), _("Open"), _("Waiting for customer"), _("Solved"), _("Any status"))
    return tuple(zip(STATUSES, names, strict=True))


def _named_decisions() -> tuple[tuple[str, str], ...]:
    names = (_("Any prediction"), _("Likely to escalate"), _("Unsure"), _("Not likely to escalate"))
    return tuple(zip(DECISIONS, names, strict=True))
