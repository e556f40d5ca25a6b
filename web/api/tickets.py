"""Tickets over the API. Invariant: a customer's key opens that customer's tickets, and nothing of the desk's own."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from kb.services import learning, predictions, seeing, ticketing
from kb.services.asking import Asked
from kb.services.seeing import QueueFilter
from kb.services.similar import similar_tickets
from kb.services.ticketing import Handoff, NewTicket
from web.api.escalations import PredictionShape
from web.api.shapes import HitShape, PageLimit, PageOffset
from web.api.ticket_shapes import (
    AdviceShape,
    Assigned,
    HandedUp,
    LinkedSlug,
    Moved,
    Opened,
    Reference,
    Reply,
    Resolution,
    SimilarShape,
    Slug,
    TicketLine,
    TicketLines,
    TicketShape,
)
from web.dependencies import Looking, Now, Reading, Records, SignedIn, Staff, TheDesk
from web.limits import limited
from web.locales import gettext as _
from web.questions import CleanLine, find_and_keep

router = APIRouter(tags=["tickets"])
COUNTED = [Depends(limited("ticket"))]


@router.get("/tickets", summary="List tickets")
def tickets(
    session: Records,
    viewer: SignedIn,
    status: Annotated[
        Literal["unsolved", "open", "waiting", "resolved", "closed", ""], Query(description="Empty: any.")
    ] = "unsolved",
    team: Annotated[CleanLine, Query(max_length=200, description="Only this team's.")] = "",
    product: Annotated[CleanLine, Query(max_length=200, description="Only about this product.")] = "",
    text: Annotated[CleanLine, Query(max_length=200, description="Words of the subject.")] = "",
    limit: PageLimit = 50,
    offset: PageOffset = 0,
) -> TicketLines:
    """The desk's queue for staff; their own tickets, whatever the filter, for customers. Newest first."""
    if not viewer.staff:
        own = seeing.mine(session, viewer)
        return TicketLines(tickets=[_line(row) for row in own[offset : offset + limit]], total=len(own))
    wanted = QueueFilter(status=status, team=team, product=product, text=text)
    rows, total = seeing.queue(session, viewer, wanted, limit=limit, offset=offset)
    return TicketLines(tickets=[_line(row) for row in rows], total=total)


@router.post("/tickets", status_code=201, dependencies=COUNTED, summary="Open a ticket")
def open_ticket(session: Records, viewer: Looking, now: Now, opened: Opened) -> Reference:
    """Needs no key; without one an e-mail address is needed."""
    new = NewTicket(
        subject=opened.subject, body=opened.body, product=opened.product, topic=opened.topic, urgency=opened.urgency,
        name=opened.name, email=opened.email, channel="api", question_key=opened.question_key,
    )  # fmt: skip
    return Reference(reference=ticketing.open_ticket(session, viewer, new, now))


@router.post("/tickets/{reference:path}/replies", status_code=204, dependencies=COUNTED, summary="Add to a ticket")
def reply(session: Records, viewer: SignedIn, now: Now, reference: str, said: Reply) -> None:
    """A customer's word opens it again; an agent's leaves it waiting for the customer."""
    ticketing.reply(session, viewer, reference, said.body, now, internal=said.internal)


@router.post("/tickets/{reference:path}/suggest", summary="What is suggested on a ticket")
def advise(
    desk: TheDesk,
    session: Reading,
    viewer: Staff,
    now: Now,
    reference: str,
    limit: Annotated[int, Query(ge=1, le=20, description="How many articles at most.")] = 5,
) -> AdviceShape:
    """Articles, and similar tickets with what became of them. What was shown is kept."""
    found = seeing.ticket(session, viewer, reference)
    asked = Asked(found.subject, found.body, found.product, found.topic, "agent", found.id, locale=found.locale)
    answer = find_and_keep(desk, session, asked, viewer, now, limit=limit)
    near = similar_tickets(session, answer.candidates, viewer) if answer.candidates else ()
    return AdviceShape(
        answered=answer.answered, note=_(answer.note), question_key=answer.question_key,
        hits=[HitShape.of(hit) for hit in answer.hits],
        similar=[
            SimilarShape(
                reference=each.reference, subject=each.subject, resolution=each.resolution,
                similarity=each.similarity, escalated=each.escalated, team=each.team,
                articles=[Slug(slug=slug) for slug, _title in each.articles],
            )
            for each in near
        ],
    )  # fmt: skip


@router.post("/tickets/{reference:path}/predict", summary="Predict a ticket, and keep it")
def predict(desk: TheDesk, session: Records, viewer: Staff, now: Now, reference: str) -> PredictionShape | None:
    """Null where no model was trained, and for a resolved ticket: never a default "no"."""
    number = seeing.ticket(session, viewer, reference).id
    made = predictions.predict_ticket(session, desk.search, desk.escalation, number, now)
    return PredictionShape.model_validate(made) if made else None


@router.post("/tickets/{reference:path}/links", status_code=204, summary="Link the article that is the answer")
def link(session: Records, viewer: Staff, now: Now, reference: str, linked: LinkedSlug) -> None:
    """It counts in every later ranking from now on."""
    ticketing.link(session, viewer, reference, linked.slug, now)


@router.delete("/tickets/{reference:path}/links", status_code=204, summary="Take a link back")
def unlink(
    session: Records,
    viewer: Staff,
    now: Now,
    reference: str,
    slug: Annotated[CleanLine, Query(max_length=200, description="Of the linked article.")],
) -> None:
    """What the requester confirmed stays."""
    ticketing.unlink(session, viewer, reference, slug, now)


@router.post("/tickets/{reference:path}/confirm", status_code=204, summary="Say that an article solved it")
def confirm(session: Records, viewer: SignedIn, now: Now, reference: str, linked: LinkedSlug) -> None:
    """For whoever asked. It resolves the ticket."""
    ticketing.confirm(session, viewer, reference, linked.slug, now)


@router.post("/tickets/{reference:path}/resolve", status_code=204, summary="Resolve a ticket")
def resolve(session: Records, viewer: Staff, now: Now, reference: str, ended: Resolution) -> None:
    """From now on it is remembered for similar ones."""
    ticketing.resolve(session, viewer, reference, ended.resolution, now)


@router.post("/tickets/{reference:path}/reopen", status_code=204, summary="Open a ticket again")
def reopen(session: Records, viewer: SignedIn, now: Now, reference: str) -> None:
    """It was not solved after all."""
    ticketing.reopen(session, viewer, reference, now)


@router.post("/tickets/{reference:path}/escalate", status_code=204, summary="Hand a ticket up")
def escalate(session: Records, viewer: Staff, now: Now, reference: str, handed: HandedUp) -> None:
    """With the reason for whoever takes it."""
    handoff = Handoff(handed.kind, handed.to_team, handed.reason, handed.level)
    ticketing.escalate(session, viewer, reference, handoff, now)


@router.post("/tickets/{reference:path}/assign", status_code=204, summary="Say who takes care of a ticket")
def assign(session: Records, viewer: Staff, now: Now, reference: str, assigned: Assigned) -> None:
    """Somebody of the desk, or nobody."""
    ticketing.assign(session, viewer, reference, assigned.email, now)


@router.post("/tickets/{reference:path}/move", status_code=204, summary="Give a ticket to another team")
def move(session: Records, viewer: Staff, now: Now, reference: str, moved: Moved) -> None:
    """A reassignment."""
    ticketing.move(session, viewer, reference, moved.team, now)


@router.post("/tickets/{reference:path}/draft", status_code=201, summary="Draft an article from a resolved ticket")
def draft(session: Records, viewer: Staff, now: Now, reference: str) -> Slug:
    """Redacted, from people's own words. A ticket that has a draft gives that one."""
    return Slug(slug=learning.draft(session, viewer, reference, now))


@router.get("/tickets/{reference:path}", summary="Read a ticket")
def ticket(session: Records, viewer: SignedIn, reference: str) -> TicketShape:
    """With its thread. Customers see no notes, escalations or predictions."""
    return TicketShape.model_validate(seeing.ticket(session, viewer, reference))


def _line(row: seeing.QueueRow) -> TicketLine:
    return TicketLine.model_validate(row)
