"""The way to a person. Invariant: suggestions come first where there are any, and never stand in the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from kb.errors import InvalidError, NotFoundError
from kb.services import accounts, feedback, promising, reading, ticketing
from kb.services.asking import Asked, Hit
from kb.services.ticketing import LONGEST_BODY, LONGEST_SUBJECT, NewTicket
from kb.viewers import Viewer
from web.dependencies import Looking, Now, Reading, Records, TheDesk
from web.limits import limited
from web.locales import current
from web.locales import gettext as _
from web.questions import CleanLine, CleanText, find_and_keep
from web.rendering import Page, render

router = APIRouter()
BEFORE_SENDING: Final = 3
"""Suggestions at most: more would stand in the way."""
REFERENCE = re.compile(r"T-\d{4}-\d{1,12}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds; kept word for word whatever happens."""

    subject: CleanLine = ""
    body: CleanText = ""
    product: CleanLine = ""
    urgency: CleanLine = ""
    name: CleanLine = ""
    email: CleanLine = ""
    question_key: CleanLine = ""
    checked: str = ""
    """Set once suggestions were shown: the next click sends."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One field that does not hold what it should."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePage(Page):
    """The form, with what is wrong on top, or with suggestions before sending."""

    template: ClassVar[str] = "writing/page.html"
    draft: Draft
    products: tuple[tuple[str, str], ...]
    """(value, shown) of the list to choose from; empty where the desk has no products."""
    troubles: tuple[Trouble, ...] = ()
    hits: tuple[Hit, ...] = ()
    longest_subject: int = LONGEST_SUBJECT
    longest_body: int = LONGEST_BODY


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPage(Page):
    """The reference, and what happens next."""

    template: ClassVar[str] = "writing/sent.html"
    reference: str
    usual_wait: timedelta | None
    """Within which half of the questions are answered; None where that cannot be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedPage(Page):
    """A kind end, from which the ticket can still be sent."""

    template: ClassVar[str] = "writing/solved.html"
    draft: Draft


def posted(
    subject: Annotated[CleanLine, Form()] = "",
    body: Annotated[CleanText, Form()] = "",
    product: Annotated[CleanLine, Form()] = "",
    urgency: Annotated[CleanLine, Form()] = "",
    name: Annotated[CleanLine, Form()] = "",
    email: Annotated[CleanLine, Form()] = "",
    question_key: Annotated[CleanLine, Form()] = "",
    checked: Annotated[str, Form()] = "",
) -> Draft:
    """The form as it came."""
    return Draft(subject, body, product, urgency, name, email, question_key[:100], "yes" if checked else "")


Posted = Annotated[Draft, Depends(posted)]


@router.get("/contact")
def form(
    request: Request, session: Records, viewer: Looking, q: CleanLine = "", k: CleanLine = "", product: CleanLine = ""
) -> Response:
    draft = Draft(subject=q[:LONGEST_SUBJECT], product=product, question_key=k[:100])
    return render(request, _page(session, viewer, draft))


@router.post("/contact", dependencies=[Depends(limited("ticket"))])
def send(
    request: Request, desk: TheDesk, looking: Reading, session: Records, viewer: Looking, now: Now, draft: Posted
) -> Response:
    """Check the fields, offer what may answer it already, then send."""
    troubles = _troubles(draft, viewer)
    if troubles:
        return render(request, _page(looking, viewer, draft, troubles=troubles), status=422)
    if not draft.checked:
        asked = Asked(draft.subject, draft.body, draft.product, surface="form", locale=current().lang)
        answer = find_and_keep(desk, looking, asked, viewer, now, limit=BEFORE_SENDING)
        if answer.answered:
            shown = _with(draft, checked="yes", question_key=answer.question_key or draft.question_key)
            good = tuple(hit for hit in answer.hits if hit.answers)
            return render(request, _page(looking, viewer, shown, hits=good))
    new = NewTicket(
        subject=draft.subject, body=draft.body, product=draft.product, urgency=draft.urgency, name=draft.name,
        email=draft.email, question_key=draft.question_key, locale=current().lang,
    )  # fmt: skip
    try:
        reference = ticketing.open_ticket(session, viewer, new, now)
    except InvalidError as error:
        trouble = Trouble(error.field or "body", _(error.message))
        return render(request, _page(looking, viewer, draft, troubles=(trouble,)), status=422)
    return RedirectResponse(f"/contact/sent?reference={reference}", 303)


@router.post("/contact/solved", dependencies=[Depends(limited("vote"))])
def solved(
    request: Request,
    session: Records,
    viewer: Looking,
    now: Now,
    draft: Posted,
    rank: Annotated[int, Form(ge=1, le=100)],
) -> Response:
    """An article solved it: kept as the strongest thing a reader can say, and no ticket is written."""
    try:
        feedback.verdict(session, viewer, draft.question_key, rank, "solved", now)
    except (NotFoundError, InvalidError):
        # Without a record of what was shown there is nothing to keep; the person is helped all the same.
        session.rollback()
    return render(request, SolvedPage(title=_("Glad that helped"), draft=draft))


@router.post("/contact/edit")
def edit(request: Request, session: Records, viewer: Looking, draft: Posted) -> Response:
    """Back to the form with every word in its place."""
    return render(request, _page(session, viewer, _with(draft, checked="")))


@router.get("/contact/sent")
def sent(request: Request, session: Records, viewer: Looking, now: Now, reference: str = "") -> Response:
    del viewer
    if not REFERENCE.fullmatch(reference):
        raise NotFoundError("There is no such ticket.")
    wait = promising.usual_wait(session, now)
    return render(request, SentPage(title=_("We have your question"), reference=reference, usual_wait=wait))


def _page(
    session: Records,
    viewer: Viewer,
    draft: Draft,
    *,
    troubles: tuple[Trouble, ...] = (),
    hits: tuple[Hit, ...] = (),
) -> WritePage:
    names = [shelf.name for shelf in reading.home(session, viewer).products]
    products = (("", _("I am not sure")), *((name, name) for name in names)) if names else ()
    title = _("Before you send it") if hits else _("Ask a person")
    if troubles:
        title = f"{_('Problem')}: {title}"
    return WritePage(title=title, draft=draft, products=products, troubles=troubles, hits=hits)


def _troubles(draft: Draft, viewer: Viewer) -> tuple[Trouble, ...]:
    """Everything that is wrong, at once."""
    found: list[Trouble] = []
    if not draft.subject:
        found.append(Trouble("subject", _("Say in a few words what it is about.")))
    if not draft.body.strip():
        found.append(Trouble("body", _("Describe what happened.")))
    if not viewer.signed_in:
        try:
            accounts.address(draft.email)
        except InvalidError as error:
            found.append(Trouble("email", _(error.message)))
    return tuple(found)


def _with(draft: Draft, **changes: str) -> Draft:
    kept = {field.name: getattr(draft, field.name) for field in fields(draft)}
    return Draft(**(kept | changes))
