"""A ticket's life. Invariant: whoever may not see a ticket is told that there is none, and every change leaves a trace."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError
from kb.models import Account, Escalation, Link, Message, Team, Ticket
from kb.models.escalations import KINDS
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.services import audit, belonging, citing, hashes
from kb.services.accounts import address
from kb.services.finding import ticket_for
from kb.viewers import Viewer, may_read, require

LONGEST_SUBJECT: Final = 300
LONGEST_BODY: Final = 100_000
OPEN_STATES: Final = ("requested", "approved", "active")


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What the form holds. `email` and `name` count only for somebody who is not signed in."""

    subject: str
    body: str
    product: str = ""
    topic: str = ""
    urgency: str = ""
    name: str = ""
    email: str = ""
    channel: str = "help centre"
    question_key: str = ""
    """What was suggested before sending goes along with the ticket."""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Handoff:
    """A warm handing-up: to whom, and what they need to know."""

    kind: str
    to_team: str
    reason: str
    level: str = ""


def open_ticket(session: Session, viewer: Viewer, new: NewTicket, now: datetime) -> str:
    """Its reference.

    Raises:
        InvalidError: a field is empty or too long; `field` names it.
    """
    subject = _filled(" ".join(new.subject.split()), "subject", LONGEST_SUBJECT, "Say in a few words what it is about.")
    body = _filled(new.body.strip(), "body", LONGEST_BODY, "Describe what happened.")
    email = viewer.email if viewer.signed_in else address(new.email)
    ticket = Ticket(
        reference=secrets.token_urlsafe(16), subject=subject, body=body, requester=email,
        requester_id=viewer.account_id, product=new.product[:200], topic=new.topic[:200], urgency=new.urgency[:50],
        channel=new.channel[:50], locale=new.locale[:35], created_at=now, text_hash=hashes.of(subject, body),
    )  # fmt: skip
    belonging.fill(session, ticket)
    session.add(ticket)
    session.flush()
    ticket.reference = _reference(session, ticket.id, now)
    asked = desk_q.question_by_key(session, new.question_key) if new.question_key else None
    if asked is not None and asked.ticket_id is None and asked.account_id in (None, viewer.account_id):
        asked.ticket_id = ticket.id
    audit.record(session, viewer, "ticket opened", f"ticket:{ticket.reference}", now)
    audit.errand(session, audit.TICKET_CHANGED, now, ticket=ticket.id)
    return ticket.reference


def reply(
    session: Session,
    viewer: Viewer,
    reference: str,
    body: str,
    now: datetime,
    *,
    internal: bool = False,
    seen: int | None = None,
) -> None:
    """Add to the thread. A customer's word opens the ticket again; an agent's leaves it waiting for the customer.

    Raises:
        ConflictError: the thread no longer holds `seen` messages: somebody else wrote meanwhile.
        InvalidError: nothing was written, or a guarded article stands in a reply to a customer.
    """
    ticket = ticket_for(session, viewer, reference)
    text = _filled(body.strip(), "body", LONGEST_BODY, "Write something first.")
    if internal:
        require(viewer, "agent")
    own = ticket.requester_id is not None and ticket.requester_id == viewer.account_id
    by_staff = viewer.staff and not own
    if seen is not None and len(tickets_q.messages(session, ticket.id)) != seen:
        raise ConflictError("Somebody wrote meanwhile, so yours was not sent. Read it, then send again.")
    if by_staff and not internal:
        citing.check_public(session, viewer, ticket.id, text)
    session.add(Message(
        ticket_id=ticket.id, author_id=viewer.account_id, author_name=viewer.name,
        author_kind="agent" if by_staff else "customer", internal=internal, body=text, created_at=now,
    ))  # fmt: skip
    if not internal:
        ticket.status, ticket.resolved_at = ("waiting", ticket.resolved_at) if by_staff else ("open", None)
    audit.errand(session, audit.TICKET_CHANGED, now, ticket=ticket.id)
    session.flush()


def assign(session: Session, viewer: Viewer, reference: str, email: str | None, now: datetime) -> None:
    """Say who takes care of it; None gives it back to the queue."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    taker = _agent(session, email) if email else None
    ticket.assignee_id = taker.id if taker else None
    audit.record(session, viewer, "ticket assigned", f"ticket:{reference}", now, to=taker.email if taker else "nobody")


def move(session: Session, viewer: Viewer, reference: str, team: str, now: datetime) -> None:
    """Reassign to another team; not an escalation."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    ticket.team_id = _team(session, team).id
    ticket.assignee_id = None
    audit.record(session, viewer, "ticket moved", f"ticket:{reference}", now, team=team)
    audit.errand(session, audit.TICKET_CHANGED, now, ticket=ticket.id)


def link(session: Session, viewer: Viewer, reference: str, slug: str, now: datetime) -> None:
    """An agent says that this article is the answer. It votes in every later ranking from now on."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    _link(session, viewer, ticket, slug, "linked", now)
    audit.record(session, viewer, "article linked", f"ticket:{reference}", now, article=slug)


def unlink(session: Session, viewer: Viewer, reference: str, slug: str, now: datetime) -> None:
    """Take an agent's link back; what the requester confirmed stays."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    article = articles_q.by_slug(session, slug)
    held = tickets_q.link(session, ticket.id, article.id, "linked") if article else None
    if held is None:
        raise ConflictError("That article is not linked here.")
    session.delete(held)
    audit.record(session, viewer, "article unlinked", f"ticket:{reference}", now, article=slug)


def confirm(session: Session, viewer: Viewer, reference: str, slug: str, now: datetime) -> None:
    """The requester says that an article solved it: the strongest vote there is, and the ticket is resolved."""
    ticket = ticket_for(session, viewer, reference)
    if ticket.requester_id != viewer.account_id or viewer.account_id is None:
        raise NotAllowedError("Only the person who asked can confirm that.")
    _link(session, viewer, ticket, slug, "confirmed", now)
    _close(session, ticket, f"Solved by the article “{slug}”.", now)
    audit.record(session, viewer, "solution confirmed", f"ticket:{reference}", now, article=slug)


def resolve(session: Session, viewer: Viewer, reference: str, resolution: str, now: datetime) -> None:
    """Say how it ended; from now on the ticket is remembered."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    text = _filled(resolution.strip(), "resolution", LONGEST_BODY, "Say in a sentence what solved it.")
    _close(session, ticket, text, now)
    audit.record(session, viewer, "ticket resolved", f"ticket:{reference}", now)


def reopen(session: Session, viewer: Viewer, reference: str, now: datetime) -> None:
    """It was not solved after all; articles that were its answer until now speak more softly from here on."""
    ticket = ticket_for(session, viewer, reference)
    if ticket.status not in tickets_q.SOLVED:
        raise ConflictError("This ticket is open already.")
    ticket.status, ticket.resolved_at, ticket.reopened_at = "open", None, now
    audit.record(session, viewer, "ticket reopened", f"ticket:{reference}", now)
    audit.errand(session, audit.INDEX_CHANGED, now, ticket=ticket.id)
    audit.errand(session, audit.TICKET_CHANGED, now, ticket=ticket.id)


def escalate(session: Session, viewer: Viewer, reference: str, handoff: Handoff, now: datetime) -> None:
    """Hand a ticket up, with the reason written down for whoever takes it."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    if ticket.status in tickets_q.SOLVED:
        raise ConflictError("This ticket is resolved. Reopen it first.")
    if handoff.kind not in KINDS:
        raise InvalidError(f"Choose the kind: {', '.join(KINDS)}.", field="kind")
    reason = _filled(
        handoff.reason.strip(), "reason", 5000, "Say why, and what was tried: the next team reads it first."
    )
    team = _team(session, handoff.to_team)
    if team.id == ticket.team_id:
        raise ConflictError(f"The ticket is with {team.name} already.", field="to_team")
    session.add(Escalation(
        ticket_id=ticket.id, kind=handoff.kind, state="active", from_team_id=ticket.team_id, to_team_id=team.id,
        level=handoff.level or team.level, reason=reason, by_id=viewer.account_id, requested_at=now,
    ))  # fmt: skip
    ticket.team_id, ticket.assignee_id, ticket.escalated = team.id, None, True
    ticket.level = handoff.level or team.level or ticket.level
    audit.record(session, viewer, "ticket escalated", f"ticket:{reference}", now, to=team.name, kind=handoff.kind)
    session.flush()


def ask_for_a_manager(session: Session, viewer: Viewer, reference: str, reason: str, now: datetime) -> None:
    """The requester wants somebody with more authority; a lead decides.

    Raises:
        ConflictError: that was asked already and waits for an answer.
    """
    ticket = ticket_for(session, viewer, reference)
    text = _filled(reason.strip(), "reason", 5000, "Say in a sentence what you need.")
    waiting = [e for e in tickets_q.escalations(session, ticket.id) if e.state in OPEN_STATES]
    if any(e.kind == "customer-requested" for e in waiting):
        raise ConflictError("You have asked for that already; somebody will answer you.")
    session.add(Escalation(
        ticket_id=ticket.id, kind="customer-requested", state="requested", from_team_id=ticket.team_id,
        reason=text, by_id=viewer.account_id, requested_at=now,
    ))  # fmt: skip
    audit.record(session, viewer, "escalation requested", f"ticket:{reference}", now)
    session.flush()


def answer_request(
    session: Session, viewer: Viewer, reference: str, escalation_id: int, now: datetime, *, approve: bool
) -> None:
    """A lead approves or declines what a requester asked for.

    Raises:
        ConflictError: somebody decided already.
    """
    require(viewer, "lead")
    ticket = ticket_for(session, viewer, reference)
    found = next((e for e in tickets_q.escalations(session, ticket.id) if e.id == escalation_id), None)
    if found is None or found.state != "requested":
        raise ConflictError("That request was decided already.")
    found.state, found.closed_at = ("active", None) if approve else ("declined", now)
    ticket.escalated = True if approve else ticket.escalated
    decided = "approved" if approve else "declined"
    audit.record(session, viewer, f"escalation {decided}", f"ticket:{reference}", now)
    session.flush()


def _reference(session: Session, number: int, now: datetime) -> str:
    """Such as T-2026-000123; an import may have brought one of that name."""
    reference = f"T-{now:%Y}-{number:06d}"
    return f"{reference}-{number}" if tickets_q.by_reference(session, reference) else reference


def _close(session: Session, ticket: Ticket, resolution: str, now: datetime) -> None:
    """Resolved: open escalations end with it, and history now says whether it escalated."""
    ticket.status, ticket.resolved_at, ticket.resolution = "resolved", now, resolution
    escalations = tickets_q.escalations(session, ticket.id)
    for escalation in escalations:
        if escalation.state in OPEN_STATES:
            escalation.state, escalation.closed_at = "closed", now
    if ticket.escalated is None:
        ticket.escalated = any(escalation.state == "closed" for escalation in escalations)
    audit.errand(session, audit.INDEX_CHANGED, now, ticket=ticket.id)
    session.flush()


def _link(session: Session, viewer: Viewer, ticket: Ticket, slug: str, kind: str, now: datetime) -> None:
    article = articles_q.by_slug(session, slug)
    row = articles_q.published_by_id(session, [article.id]).get(article.id) if article else None
    if article is None or row is None or not may_read(viewer, article.audience, article.team_id):
        raise InvalidError(f"There is no published article “{slug[:200]}”.", field="article")
    held = tickets_q.link(session, ticket.id, article.id, kind)
    if held is None:
        session.add(Link(ticket_id=ticket.id, article_id=article.id, kind=kind, by_id=viewer.account_id, at=now))
    elif ticket.reopened_at is not None and held.at <= ticket.reopened_at:
        held.at, held.by_id = now, viewer.account_id  # said again, of what solved it in the end
    session.flush()


def _filled(text: str, field: str, longest: int, remedy: str) -> str:
    if not text:
        raise InvalidError(remedy, field=field)
    if len(text) > longest:
        raise InvalidError(f"That is {len(text):,} characters; at most {longest:,} fit.", field=field)
    return text


def _team(session: Session, name: str) -> Team:
    team = articles_q.team_by_name(session, name)
    if team is None:
        raise InvalidError(f"There is no team “{name[:80]}”.", field="team")
    return team


def _agent(session: Session, email: str) -> Account:
    account = desk_q.account_by_email(session, email.strip().casefold())
    if account is None or account.role == "customer" or account.disabled_at is not None:
        raise InvalidError("Nobody on the desk has that address.", field="assignee")
    return account
