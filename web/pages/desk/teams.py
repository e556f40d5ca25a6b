"""Teams and when to hand up to them. Invariant: what stands here is what the handing-up form shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import InvalidError
from kb.services import teams
from kb.services.teams import Pathway, TeamView
from kb.viewers import Viewer
from web.dependencies import Lead, Now, Records, Staff
from web.locales import gettext as _
from web.pages.desk.trouble import Trouble, status_of, trouble_of
from web.questions import CleanLine, CleanText
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsPage(Page):
    """Every team; one of them may be open for changes."""

    template: ClassVar[str] = "desk/teams.html"
    teams: tuple[TeamView, ...]
    editing: str
    typed: Pathway | None
    troubles: tuple[Trouble, ...]


@router.get("/teams")
def every_team(request: Request, session: Records, viewer: Staff, edit: CleanLine = "") -> Response:
    return _show(request, session, viewer, edit if viewer.leads else "")


@router.post("/teams")
def change(
    request: Request,
    session: Records,
    viewer: Lead,
    now: Now,
    name: Annotated[CleanLine, Form(max_length=200)],
    level: Annotated[CleanLine, Form(max_length=100)] = "",
    description: Annotated[CleanText, Form()] = "",
    contact: Annotated[CleanText, Form()] = "",
    criteria: Annotated[CleanText, Form()] = "",
    private: Annotated[str, Form(pattern="^(yes)?$")] = "",
) -> Response:
    pathway = Pathway(level, description.strip(), contact.strip(), criteria.strip(), bool(private))
    try:
        teams.change(session, viewer, name, pathway, now)
    except InvalidError as error:
        session.rollback()
        trouble = trouble_of(error, "criteria")
        return _show(request, session, viewer, name, typed=pathway, trouble=trouble, status=status_of(error))
    return RedirectResponse("/desk/teams?done=saved", 303)


def _show(
    request: Request,
    session: Records,
    viewer: Viewer,
    editing: str,
    *,
    typed: Pathway | None = None,
    trouble: Trouble | None = None,
    status: int = 200,
) -> Response:
    page = TeamsPage(
        title=_("Teams"), teams=teams.teams(session, viewer), editing=editing, typed=typed,
        troubles=(trouble,) if trouble else (),
    )  # fmt: skip
    return render(request, page, status=status)
