"""Articles as the desk keeps them. Invariant: what waits to be published or written stands first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import InvalidError, NotFoundError
from kb.services import editing, learning, reading
from kb.services.editing import DraftRow
from kb.services.learning import ResolvedEscalation
from kb.services.publishing import Text
from kb.services.reading import ArticleCard
from kb.viewers import Viewer
from web.addresses import article_edit_address
from web.dependencies import Now, Records, Staff
from web.locales import gettext as _
from web.pages.desk.trouble import Trouble, status_of, trouble_of
from web.questions import CleanLine, CleanText
from web.rendering import Page, render

router = APIRouter()
PAGE: Final = 50
START: Final = "## Issue\n\n\n## Environment\n\n\n## Resolution\n\n\n## Cause\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlesPage(Page):
    """Drafts, resolved escalations without an article, or all that is published."""

    template: ClassVar[str] = "desk/articles.html"
    show: str
    drafts: tuple[DraftRow, ...]
    unwritten: tuple[ResolvedEscalation, ...]
    published: tuple[ArticleCard, ...]
    count: int
    text: str
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticlePage(Page):
    """An article from nothing."""

    template: ClassVar[str] = "desk/new_article.html"
    heading: str = ""
    summary: str = ""
    body: str = START
    troubles: tuple[Trouble, ...] = ()


@router.get("/articles")
def articles(
    request: Request,
    session: Records,
    viewer: Staff,
    show: Annotated[str, Query(pattern="^(drafts|unwritten|published)$")] = "drafts",
    text: CleanLine = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    cards = _cards(session, viewer)
    found = [card for card in cards if text.casefold() in f"{card.title} {card.slug}".casefold()]
    pages = max(1, -(-len(found) // PAGE))
    at = min(page, pages)
    return render(request, ArticlesPage(
        title=_("Articles"), show=show, drafts=editing.drafts(session, viewer),
        unwritten=learning.resolved_escalations(session, viewer), published=tuple(found[(at - 1) * PAGE : at * PAGE]),
        count=len(cards), text=text[:200], page=at, pages=pages,
    ))  # fmt: skip


def _cards(session: Records, viewer: Viewer) -> tuple[ArticleCard, ...]:
    try:
        return reading.shelf(session, viewer)
    except NotFoundError:
        return ()


@router.get("/articles/new")
def new(request: Request, viewer: Staff, title: CleanLine = "") -> Response:
    del viewer
    return render(request, NewArticlePage(title=_("New article"), heading=title[:500]))


@router.post("/articles/new")
def write(
    request: Request,
    session: Records,
    viewer: Staff,
    now: Now,
    title: Annotated[CleanLine, Form()] = "",
    summary: Annotated[CleanLine, Form()] = "",
    body: Annotated[CleanText, Form()] = "",
) -> Response:
    try:
        slug = editing.write(session, viewer, Text(title, summary, body, "markdown"), now)
    except InvalidError as error:
        session.rollback()
        page = NewArticlePage(
            title=_("New article"), heading=title, summary=summary, body=body,
            troubles=(trouble_of(error, "body"),),
        )  # fmt: skip
        return render(request, page, status=status_of(error))
    return RedirectResponse(f"{article_edit_address(slug)}?done=saved", 303)
