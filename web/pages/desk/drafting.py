"""From a solved ticket to an article. Invariant: what says it already is shown before anything new is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import ConflictError, NotFoundError
from kb.markup import render as rendered
from kb.services import learning, nearest
from kb.services.nearest import Beforehand
from kb.viewers import Viewer
from web.addresses import article_edit_address, desk_address
from web.dependencies import Now, Records, Staff, TheDesk
from web.desk import Desk
from web.locales import gettext as _
from web.questions import CleanLine
from web.readiness import Readiness
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftingPage(Page):
    """Articles that may say it already, and the three ways on."""

    template: ClassVar[str] = "desk/drafting.html"
    before: Beforehand
    preview_html: str
    trouble: str = ""


@router.get("/tickets/{reference:path}/article")
def beforehand(request: Request, desk: TheDesk, session: Records, viewer: Staff, now: Now, reference: str) -> Response:
    before = nearest.before_drafting(session, desk.search, viewer, reference, now)
    return render(request, _page(before))


@router.post("/tickets/{reference:path}/article")
def chosen(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    choice: Annotated[str, Form(pattern="^(link|improve|new)$")],
    article: Annotated[CleanLine, Form(max_length=200)] = "",
) -> Response:
    """Link it, improve that one, or write a new one."""
    try:
        if choice == "link":
            nearest.link(session, viewer, reference, article, now)
            return RedirectResponse(f"{desk_address(reference)}?done=linked", 303)
        if choice == "improve":
            slug = nearest.improve(session, desk.search, viewer, reference, article, now)
            return RedirectResponse(f"{article_edit_address(slug)}?done=improved", 303)
    except (ConflictError, NotFoundError) as error:
        session.rollback()
        before = nearest.before_drafting(session, desk.search, viewer, reference, now)
        return render(request, _page(before, _(error.message)), status=409)
    return drafted(session, viewer, now, reference)


@router.post("/tickets/{reference:path}/solution")
def solved_by(
    session: Records, viewer: Staff, now: Now, reference: str, message: Annotated[int, Form(ge=1, lt=2**63)]
) -> Response:
    """A person says which message solved it."""
    learning.mark_solution(session, viewer, reference, message, now)
    return RedirectResponse(f"{desk_address(reference)}/article", 303)


@router.post("/tickets/{reference:path}/draft")
def drafted(session: Records, viewer: Staff, now: Now, reference: str) -> Response:
    """A new article from what people wrote in the ticket."""
    slug = learning.draft(session, viewer, reference, now)
    return RedirectResponse(f"{article_edit_address(slug)}?done=drafted", 303)


def onward(request: Request, desk: Desk, session: Records, viewer: Viewer, now: datetime, reference: str) -> Response:
    """A draft at once where nothing is near and there is something to learn, else the choice."""
    readiness: Readiness = request.app.state.readiness
    if readiness.warm:
        before = nearest.before_drafting(session, desk.search, viewer, reference, now)
        if before.advice != "new" or not before.draft.teaches:
            return RedirectResponse(f"{desk_address(reference)}/article", 303)
    return drafted(session, viewer, now, reference)


def _page(before: Beforehand, trouble: str = "") -> DraftingPage:
    shown = rendered(before.draft.body, "markdown")
    return DraftingPage(title=_("Does an article say it already?"), before=before, preview_html=shown, trouble=trouble)
