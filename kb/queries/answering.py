"""How long people wait for the desk's first word. Invariant: notes between colleagues are no answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kb.models import Message, Ticket


def first_answers(session: Session, since: datetime, limit: int) -> Sequence[Row[datetime, datetime]]:
    """(asked, first answered) of tickets asked since then, newest first; those that wait still are not among them."""
    answered = func.min(Message.created_at)
    return session.execute(
        select(Ticket.created_at, answered)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(
            Message.author_kind == "agent", Message.internal.is_(False), Ticket.created_at >= since, Ticket.dated,
        )
        .group_by(Ticket.id, Ticket.created_at)
        .order_by(Ticket.created_at.desc())
        .limit(limit)
    ).all()  # fmt: skip
