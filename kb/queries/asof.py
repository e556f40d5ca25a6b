"""Statements about how things stood at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, Row, Select, String, column, func, select, values
from sqlalchemy.orm import Session

from kb.models import Article, Escalation, Link, Message, Revision, Ticket
from kb.models.base import Instant
from kb.queries.tickets import SOLVED

AT_ONCE = 500
"""Values in one statement."""


def of_each(
    session: Session, what: str, values_: Sequence[str]
) -> list[Row[str, datetime, datetime | None, bool | None]]:
    """(value, created, resolved, escalated) of all dated tickets that have one of those values in the column `what`."""
    column = getattr(Ticket, what)
    found: list[Row[str, datetime, datetime | None, bool | None]] = []
    for start in range(0, len(values_), AT_ONCE):
        found += session.execute(
            select(column, Ticket.created_at, Ticket.resolved_at, Ticket.escalated)
            .where(column.in_(values_[start : start + AT_ONCE]), Ticket.dated)
            .order_by(Ticket.created_at, Ticket.id)
        ).all()
    return found


def last_of_each(
    session: Session, what: str, asked: Sequence[tuple[int, str, datetime]]
) -> list[Row[int, datetime | None, datetime | None]]:
    """For each (number, value, moment): the number, when the last dated ticket with that value in the column `what` came
    before the moment, and when one of them was last solved that had escalated. Each is a step in an index.
    """
    found: list[Row[int, datetime | None, datetime | None]] = []
    for start in range(0, len(asked), AT_ONCE):
        found += session.execute(_last_of_each(what, asked[start : start + AT_ONCE])).all()
    return found


def _last_of_each(
    what: str, asked: Sequence[tuple[int, str, datetime]]
) -> Select[int, datetime | None, datetime | None]:
    columns = (column("number", Integer), column("value", String), column("moment", Instant()))
    given = values(*columns, name="asked").data(list(asked)).cte("asked")
    before = (getattr(Ticket, what) == given.c.value, Ticket.dated, Ticket.created_at < given.c.moment)
    last = select(Ticket.created_at).where(*before).order_by(Ticket.created_at.desc())
    bad = (
        select(Ticket.resolved_at)
        .where(*before, Ticket.escalated.is_(True), Ticket.resolved_at < given.c.moment)
        .order_by(Ticket.resolved_at.desc())
    )
    return select(
        given.c.number, *(one.limit(1).correlate(given).scalar_subquery() for one in (last, bad))
    )  # fmt: skip


def turns(session: Session, ticket_ids: Sequence[int]) -> list[Row[int, str, datetime, str]]:
    """(ticket id, author's kind, when, words) of the messages that the requester sees, oldest first."""
    found: list[Row[int, str, datetime, str]] = []
    for start in range(0, len(ticket_ids), AT_ONCE):
        found += session.execute(
            select(Message.ticket_id, Message.author_kind, Message.created_at, Message.body)
            .where(Message.ticket_id.in_(ticket_ids[start : start + AT_ONCE]), ~Message.internal)
            .order_by(Message.created_at, Message.id)
        ).all()
    return found


def escalated_at(session: Session, ticket_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of those tickets was first handed up."""
    found: dict[int, datetime] = {}
    for start in range(0, len(ticket_ids), AT_ONCE):
        rows = session.execute(
            select(Escalation.ticket_id, func.min(Escalation.requested_at))
            .where(Escalation.ticket_id.in_(ticket_ids[start : start + AT_ONCE]))
            .group_by(Escalation.ticket_id)
        ).all()
        found |= {row[0]: row[1] for row in rows}
    return found


def solved_at(session: Session, ticket_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of those tickets was solved; without those of which that is not known."""
    found: dict[int, datetime] = {}
    for start in range(0, len(ticket_ids), AT_ONCE):
        rows = session.execute(
            select(Ticket.id, Ticket.resolved_at).where(
                Ticket.id.in_(ticket_ids[start : start + AT_ONCE]), Ticket.status.in_(SOLVED), Ticket.dated
            )
        ).all()
        found |= {number: at for number, at in rows if at is not None}
    return found


def links(session: Session, ticket_ids: Sequence[int]) -> list[Row[int, int, datetime]]:
    """(ticket id, article id, when) of what was linked to those tickets."""
    found: list[Row[int, int, datetime]] = []
    for start in range(0, len(ticket_ids), AT_ONCE):
        found += session.execute(
            select(Link.ticket_id, Link.article_id, Link.at)
            .where(Link.ticket_id.in_(ticket_ids[start : start + AT_ONCE]))
            .order_by(Link.ticket_id, Link.article_id)
        ).all()
    return found


def published_since(session: Session) -> dict[int, datetime]:
    """Since when each published article has said what it says now.

    An imported one says it since its source was changed, however late it was brought in.
    """
    rows = session.execute(
        select(Article.id, Article.updated_at, Revision.created_at).join(Revision, Revision.id == Article.published_id)
    ).all()
    return {number: min(changed, written) for number, changed, written in rows}
