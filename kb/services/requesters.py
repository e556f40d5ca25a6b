"""Who asked, and what they did before they wrote. Invariant: only tickets the viewer may see, and articles they may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import articles as articles_q
from kb.queries import staff as staff_q
from kb.services.finding import ticket_for
from kb.viewers import Viewer, may_read, require

RECENT: Final = 5
BEFORE: Final = ("help centre", "form")


@dataclass(frozen=True, slots=True)
class PastTicket:
    """Another ticket of the same requester."""

    reference: str
    subject: str
    status: str
    created_at: datetime
    escalated: bool | None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asked."""

    name: str
    address: str
    has_account: bool
    others: int
    since: datetime | None
    recent: tuple[PastTicket, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What somebody asked before the ticket, in redacted words, and what they were shown."""

    words: str
    answered: bool
    at: datetime
    shown: tuple[tuple[str, str, str], ...]
    """(slug, title, what they said of it)"""


def requester(session: Session, viewer: Viewer, reference: str) -> Requester:
    """Facts about who asked."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    others, since = staff_q.count_from_requester(session, viewer, ticket)
    recent = staff_q.from_requester(session, viewer, ticket, RECENT) if ticket.requester else []
    return Requester(
        staff_q.requester_name(session, ticket) or ticket.requester or "Unknown", ticket.requester,
        ticket.requester_id is not None, others if ticket.requester else 0, since if ticket.requester else None,
        tuple(PastTicket(t.reference, t.subject, t.status, t.created_at, t.escalated) for t in recent),
    )  # fmt: skip


def searched(session: Session, viewer: Viewer, reference: str) -> tuple[Searched, ...]:
    """What they looked for and were shown before they wrote."""
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    questions = staff_q.questions_of_ticket(session, ticket.id, BEFORE)
    suggestions = staff_q.shown(session, [question.id for question in questions])
    rows = articles_q.published_by_id(session, list({suggestion.article_id for suggestion in suggestions}))
    readable = {i: row for i, row in rows.items() if may_read(viewer, row[0].audience, row[0].team_id)}
    return tuple(
        Searched(
            question.redacted, question.answered, question.at,
            tuple(
                (readable[s.article_id][0].slug, readable[s.article_id][1].title, s.verdict)
                for s in suggestions
                if s.question_id == question.id and s.article_id in readable
            ),
        )
        for question in questions
    )  # fmt: skip
