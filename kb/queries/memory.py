"""Statements about what solved what. Invariant: read at the moment of asking, so that a deleted ticket has no vote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from kb.models import Link, PendingLink, Question, Suggestion, Team, Ticket
from kb.queries.tickets import SOLVED, seen_by
from kb.viewers import Viewer

NAMED_AT_ONCE = 900
"""Older SQLite takes no more than 999 parameters."""


def links(session: Session, ticket_ids: Sequence[int]) -> list[Row[int, int, str, datetime, str, datetime | None]]:
    """(ticket id, article id, kind, when, the ticket's status, when it was opened again) of the links of those tickets."""
    found: list[Row[int, int, str, datetime, str, datetime | None]] = []
    for start in range(0, len(ticket_ids), NAMED_AT_ONCE):
        some = ticket_ids[start : start + NAMED_AT_ONCE]
        found += session.execute(
            select(Link.ticket_id, Link.article_id, Link.kind, Link.at, Ticket.status, Ticket.reopened_at)
            .join(Ticket, Ticket.id == Link.ticket_id)
            .where(Link.ticket_id.in_(some))
        ).all()
    return found


def verdicts(session: Session, ticket_ids: Sequence[int]) -> list[Row[int | None, int, str, datetime | None]]:
    """(ticket id, article id, verdict, when) of what was said of suggestions shown for those tickets."""
    found: list[Row[int | None, int, str, datetime | None]] = []
    for start in range(0, len(ticket_ids), NAMED_AT_ONCE):
        some = ticket_ids[start : start + NAMED_AT_ONCE]
        found += session.execute(
            select(Question.ticket_id, Suggestion.article_id, Suggestion.verdict, Suggestion.verdict_at)
            .join(Suggestion, Suggestion.question_id == Question.id)
            .where(Question.ticket_id.in_(some), Suggestion.verdict.in_(("solved", "not relevant", "outdated")))
        ).all()
    return found


def hidden_from(session: Session, viewer: Viewer, ticket_ids: Sequence[int]) -> set[int]:
    """Of those tickets, the ones that this viewer may not see."""
    found: set[int] = set()
    for start in range(0, len(ticket_ids), NAMED_AT_ONCE):
        some = ticket_ids[start : start + NAMED_AT_ONCE]
        seen = session.scalars(
            select(Ticket.id).outerjoin(Team, Team.id == Ticket.team_id).where(Ticket.id.in_(some), seen_by(viewer))
        )
        found |= set(some) - set(seen)
    return found


def awaited(session: Session) -> Sequence[Row[int, str]]:
    """(ticket id, slug) of every link to an article that is not here yet."""
    return session.execute(
        select(PendingLink.ticket_id, PendingLink.slug).order_by(PendingLink.ticket_id, PendingLink.slug)
    ).all()


def solved_tickets(session: Session) -> Sequence[Row[Ticket, int | None]]:
    """(ticket, article id) of every link of a solved ticket, None where it has none; oldest ticket first."""
    return session.execute(
        select(Ticket, Link.article_id)
        .outerjoin(Link, Link.ticket_id == Ticket.id)
        .where(Ticket.status.in_(SOLVED))
        .order_by(Ticket.created_at, Ticket.id, Link.article_id)
    ).all()
