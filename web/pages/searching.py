"""The first page and the results of a search. Invariant: an honest "no" offers three ways on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from kb.services import reading
from kb.services.asking import Asked, Hit
from kb.services.reading import HelpHome, Shelf
from web.dependencies import Looking, Now, Records, TheDesk
from web.limits import limited
from web.locales import current
from web.locales import gettext as _
from web.questions import CleanLine, Words, find_and_keep
from web.rendering import KEY, Page, render

router = APIRouter()
RESULTS: Final = 10
TOPICS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage(Page):
    """A question box, the shelves, and what changed last."""

    template: ClassVar[str] = "home/page.html"
    home: HelpHome


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage(Page):
    """What was found, or an honest no."""

    template: ClassVar[str] = "search/page.html"
    words: str
    product: str
    hits: tuple[Hit, ...]
    answered: bool
    note: str
    question_key: str
    products: tuple[Shelf, ...]
    topics: tuple[Shelf, ...]


@router.get("/")
def home(request: Request, session: Records, viewer: Looking) -> Response:
    page = HomePage(title=_("How can we help?"), home=reading.home(session, viewer))
    return render(request, page)


@router.get("/search", dependencies=[Depends(limited("search"))])
def search(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Looking,
    now: Now,
    q: Words = "",
    product: CleanLine = "",
    after: CleanLine = "",
) -> Response:
    """What there is for `q`; `after` is the key of the search that it puts in other words."""
    asked = Asked(q, product=product[:200], surface="help centre", after=after[:KEY], locale=current().lang)
    answer = find_and_keep(desk, session, asked, viewer, now, limit=RESULTS)
    shelves = reading.home(session, viewer)
    page = SearchPage(
        title=_("Search") if not q else f"{q[:80]} · {_('Search')}", words=q, product=product, hits=answer.hits,
        answered=answer.answered, note=_(answer.note), question_key=answer.question_key, products=shelves.products,
        topics=shelves.topics[:TOPICS],
    )  # fmt: skip
    return render(request, page)
