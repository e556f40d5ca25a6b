"""Statements about how things stood at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from kb.models import Message, Ticket

AT_ONCE = 500
"""Values in one statement."""


def of_requesters(
    session: Session, requesters: Sequence[str]
) -> list[Row[str, int, datetime, datetime | None, bool | None]]:
    """(requester, id, created, resolved, escalated) of all dated tickets of those requesters."""
    found: list[Row[str, int, datetime, datetime | None, bool | None]] = []
    for start in range(0, len(requesters), AT_ONCE):
        found += session.execute(
            select(Ticket.requester, Ticket.id, Ticket.created_at, Ticket.resolved_at, Ticket.escalated)
            .where(Ticket.requester.in_(requesters[start : start + AT_ONCE]), Ticket.dated)
            .order_by(Ticket.created_at, Ticket.id)
        ).all()
    return found


def turns(session: Session, ticket_ids: Sequence[int]) -> list[Row[int, str, datetime]]:
    """(ticket id, author's kind, when) of the messages that the requester sees, oldest first."""
    found: list[Row[int, str, datetime]] = []
    for start in range(0, len(ticket_ids), AT_ONCE):
        found += session.execute(
            select(Message.ticket_id, Message.author_kind, Message.created_at)
            .where(Message.ticket_id.in_(ticket_ids[start : start + AT_ONCE]), ~Message.internal)
            .order_by(Message.created_at, Message.id)
        ).all()
    return found
