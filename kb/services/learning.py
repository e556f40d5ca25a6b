"""Learn: a resolved escalation becomes the draft of an article that spares the next.

Invariant: a draft holds what people wrote in the ticket, redacted, and is for the desk only until a person publishes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.drafting import compose, solution_of
from kb.errors import ConflictError, NotFoundError
from kb.models import Article
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.services import audit
from kb.services.editing import free_slug
from kb.services.evidence import evidence
from kb.services.finding import ticket_for
from kb.services.publishing import Text, add_revision
from kb.viewers import Viewer, require

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ResolvedEscalation:
    """A solved escalation that has become no article yet."""

    reference: str
    subject: str
    kind: str
    team: str | None
    resolved_at: datetime | None


def resolved_escalations(session: Session, viewer: Viewer) -> tuple[ResolvedEscalation, ...]:
    """Solved escalations without an article, newest first."""
    require(viewer, "agent")
    teams = desk_q.team_names(session)
    rows = tickets_q.resolved_escalations(session, viewer, MOST)
    return tuple(
        ResolvedEscalation(t.reference, t.subject, e.kind, teams.get(e.to_team_id or 0), t.resolved_at) for e, t in rows
    )


def draft(
    session: Session, viewer: Viewer, reference: str, now: datetime, *, titles: Sequence[str] = (), note: str = ""
) -> str:
    """Draft an article from a resolved ticket; its slug. A ticket that has one already gives that one.

    `titles` are redacted subjects of similar tickets, as customers wrote them; `note` is kept with the revision.

    Raises:
        ConflictError: the ticket is not resolved yet.
    """
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    if ticket.status not in tickets_q.SOLVED:
        raise ConflictError("Resolve the ticket first: the draft is made from what solved it.")
    held = articles_q.from_ticket(session, ticket.id)
    if held is not None:
        return held.slug
    found = evidence(session, ticket)
    text = compose(found.thread, solution_of(found.thread), titles)
    article = Article(
        slug=free_slug(session, text.title), products=[ticket.product] if ticket.product else [],
        topics=[ticket.topic] if ticket.topic else [], audience="internal", confidence="work in progress",
        from_ticket_id=ticket.id, owner_id=viewer.account_id, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(article)
    session.flush()
    revision = add_revision(
        session, article, Text(text.title, text.summary, text.body, "markdown"), now, author_id=viewer.account_id,
        note=f"drafted from {ticket.reference}" + (f"; {note}" if note else ""),
    )  # fmt: skip
    revision.sources = found.sources(text)
    for escalation in tickets_q.escalations(session, ticket.id):
        escalation.article_id = article.id
    audit.record(session, viewer, "article drafted", f"article:{article.slug}", now, ticket=ticket.reference)
    return article.slug


def mark_solution(session: Session, viewer: Viewer, reference: str, message_id: int, now: datetime) -> None:
    """Say which message solved the ticket; a draft that is made from now on starts from it.

    Raises:
        NotFoundError: the ticket has no such public message.
    """
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    said = [message for message in tickets_q.messages(session, ticket.id) if not message.internal]
    if message_id not in {message.id for message in said}:
        raise NotFoundError("There is no such message in this ticket.")
    for message in said:
        message.solution = message.id == message_id
    session.flush()
    audit.record(session, viewer, "solution marked", f"ticket:{reference}", now)
