"""Answering on a ticket. Invariant: nothing typed is lost, and no reply crosses another unread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from kb.errors import ConflictError, InvalidError
from kb.services import feedback, reading, seeing, ticketing
from kb.services.reading import ArticleView
from web.addresses import desk_address
from web.dependencies import Now, Origin, Records, Staff, TheDesk
from web.limits import limited
from web.locales import gettext as _
from web.pages.desk.suggested import citation, insertion
from web.pages.desk.suggested import suggested as suggested_for
from web.pages.desk.ticket import Typed, show
from web.pages.desk.trouble import Trouble, status_of, trouble_of
from web.questions import CleanLine, CleanText
from web.rendering import Page, environment, shell_of
from web.watching import Watching

router = APIRouter()
MOST_MESSAGES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPage(Page):
    """An article to read beside the ticket."""

    template: ClassVar[str] = "desk/panel.html"
    article: ArticleView


def _typed(body: Annotated[CleanText, Form()] = "", note: Annotated[str, Form(pattern="^(yes)?$")] = "") -> Typed:
    return Typed(body=body, internal=bool(note))


Written = Annotated[Typed, Depends(_typed)]


@router.post("/tickets/{reference:path}/reply", dependencies=[Depends(limited("reply"))])
def reply(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    typed: Written,
    seen: Annotated[int, Form(ge=0, le=MOST_MESSAGES)],
) -> Response:
    """Send a reply, or keep a note. `seen` is how many messages the writer had before them."""
    try:
        ticketing.reply(session, viewer, reference, typed.body, now, internal=typed.internal, seen=seen)
    except (InvalidError, ConflictError) as error:
        session.rollback()
        kept = replace(typed, troubles=(trouble_of(error, "body"),))
        return show(request, desk, session, viewer, now, reference, typed=kept, status=status_of(error))
    done = "noted" if typed.internal else "sent"
    return RedirectResponse(f"{desk_address(reference)}?done={done}#newest", 303)


@router.post("/tickets/{reference:path}/compose")
def compose(
    request: Request,
    desk: TheDesk,
    session: Records,
    viewer: Staff,
    now: Now,
    origin: Origin,
    reference: str,
    typed: Written,
    insert: Annotated[CleanLine, Form(max_length=200)] = "",
    cite: Annotated[CleanLine, Form(max_length=200)] = "",
    find: Annotated[CleanLine, Form(max_length=400)] = "",
) -> Response:
    """Put a suggestion into what is being written, for a browser without scripts."""
    ticket = seeing.ticket(session, viewer, reference)
    found = suggested_for(request, desk, session, viewer, now, ticket, find)
    offer = next((o for o in (*found.offers, *found.weak) if o.hit.slug == (insert or cite)), None)
    if offer is None:
        trouble = Trouble("body", _("That article is no longer suggested. Search for it beside the ticket."))
        return _again(request, desk, session, viewer, now, reference, typed, trouble, find)
    if offer.guarded and not typed.internal:
        trouble = Trouble(
            "body",
            _("“%(title)s” is not for customers. Put it into an internal note instead.") % {"title": offer.hit.title},
        )
        return _again(request, desk, session, viewer, now, reference, typed, trouble, find)
    text = insertion(offer, origin) if insert else citation(offer, origin)
    if found.key:
        feedback.verdict(session, viewer, found.key, offer.hit.rank, "inserted", now)
    body = f"{typed.body.rstrip()}\n\n{text}\n".lstrip()
    return show(request, desk, session, viewer, now, reference, typed=replace(typed, body=body), words=find)


def _again(
    request: Request, desk: TheDesk, session: Records, viewer: Staff, now: Now, reference: str, typed: Typed,
    trouble: Trouble, words: str,
) -> Response:  # fmt: skip
    kept = replace(typed, troubles=(trouble,))
    return show(request, desk, session, viewer, now, reference, typed=kept, words=words, status=422)


@router.get("/tickets/{reference:path}/presence")
def presence(request: Request, session: Records, viewer: Staff, reference: str) -> Response:
    """Say that the page is open; who else has it, and how many messages there are by now."""
    ticket = seeing.ticket(session, viewer, reference)
    watching: Watching = request.app.state.watching
    others = watching.here(reference, viewer.account_id or 0, viewer.name)
    return JSONResponse({"others": list(others), "messages": len(ticket.turns)})


@router.get("/panel/{slug:path}")
def panel(request: Request, session: Records, viewer: Staff, slug: str) -> Response:
    """An article without the page around it."""
    article = reading.article(session, viewer, slug)
    page = PanelPage(title=article.title, article=article)
    return HTMLResponse(environment().get_template(page.template).render(page=page, shell=shell_of(request)))
