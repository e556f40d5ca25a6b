"""Articles and their shelves. Invariant: a hidden article and one that never was give the same page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import NotFoundError
from kb.services import merging, reading
from kb.services.reading import ArticleCard, ArticleView, HelpHome
from kb.viewers import Viewer
from web.addresses import article_address, feed_address
from web.dependencies import Looking, Now, Records, TheDesk
from web.desk import Desk
from web.limits import limited
from web.locales import gettext as _
from web.questions import CleanLine, opened
from web.rendering import Page, render

router = APIRouter()
A_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage(Page):
    """An article, whether it helped, and where to go from here."""

    template: ClassVar[str] = "article/page.html"
    article: ArticleView
    question_key: str
    """Of the search that led here, to go along into a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePage(Page):
    """All shelves, or the articles of one."""

    template: ClassVar[str] = "browse/page.html"
    product: str
    topic: str
    home: HelpHome
    cards: tuple[ArticleCard, ...]
    feed: str
    """Where the same can be followed; empty where there is nothing that everybody may read."""


@router.get("/articles/{slug:path}")
def article(
    request: Request, desk: TheDesk, session: Records, viewer: Looking, now: Now, slug: str, k: CleanLine = ""
) -> Response:
    try:
        found = reading.article(session, viewer, slug, voter_of(request, desk, viewer))
    except NotFoundError:
        onward = merging.successor(session, viewer, slug)
        if onward is None:
            raise
        return RedirectResponse(article_address(onward), 308)
    opened(desk, session, viewer, k[:100], found.slug, now)
    return render(request, ArticlePage(title=found.title, article=found, question_key=k[:100]))


@router.get("/browse")
def browse(
    request: Request, session: Records, viewer: Looking, product: CleanLine = "", topic: CleanLine = ""
) -> Response:
    cards = reading.shelf(session, viewer, product=product, topic=topic) if product or topic else ()
    title = " · ".join(part for part in (product, topic) if part) or _("Browse")
    home = reading.home(session, viewer)
    feed = feed_address(product, topic) if not cards or any(card.audience == "public" for card in cards) else ""
    page = BrowsePage(title=title, product=product, topic=topic, home=home, cards=cards, feed=feed)
    return render(request, page)


@router.post("/helpful", dependencies=[Depends(limited("vote"))])
def helpful(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Looking,
    now: Now,
    slug: Annotated[str, Form(max_length=200)],
    answer: Annotated[str, Form(pattern="^(yes|no)$")],
    reason: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """One click is one vote; a second click changes it."""
    voter = voter_of(request, desk, viewer) or f"mark:{secrets.token_urlsafe(16)}"
    reading.vote(session, viewer, slug, voter, now, helpful=answer == "yes", reason=reason)
    done = "?done=thanks" if answer == "yes" or reason else ""
    reply = RedirectResponse(f"/articles/{quote(slug)}{done}#helpful", 303)
    if voter.startswith("mark:"):
        reply.set_cookie(
            _mark_name(desk), voter.removeprefix("mark:"), max_age=A_YEAR, path="/",
            secure=desk.settings.secure_cookies, httponly=True, samesite="lax",
        )  # fmt: skip
    return reply


def voter_of(request: Request, desk: Desk, viewer: Viewer) -> str:
    """The account, or the random mark this browser was given with its first vote."""
    if viewer.signed_in:
        return f"account:{viewer.account_id}"
    mark = request.cookies.get(_mark_name(desk), "")
    return f"mark:{mark[:64]}" if mark else ""


def _mark_name(desk: Desk) -> str:
    return "__Host-deflect-mark" if desk.settings.secure_cookies else "deflect-mark"
