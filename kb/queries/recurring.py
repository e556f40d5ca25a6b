"""Statements about what keeps coming back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, false, func, select
from sqlalchemy.orm import Session

from kb.models import Article, Link, Question, RecurringIssue, RecurringMember, Team, Ticket
from kb.queries.tickets import SOLVED, seen_by
from kb.viewers import Viewer

SHOWN = 5


def unlinked_tickets(session: Session, since: datetime, limit: int) -> Sequence[Ticket]:
    """Tickets since then that no article answers, newest first."""
    linked = select(Link.id).where(Link.ticket_id == Ticket.id).exists()
    return session.scalars(
        select(Ticket).where(Ticket.created_at >= since, ~linked).order_by(Ticket.created_at.desc()).limit(limit)
    ).all()


def unanswered_questions(session: Session, since: datetime, limit: int) -> Sequence[Question]:
    """Questions since then to which there was no good answer, newest first."""
    return session.scalars(
        select(Question)
        .where(Question.at >= since, Question.answered.is_(False), Question.redacted != "")
        .order_by(Question.at.desc())
        .limit(limit)
    ).all()


def still_there(session: Session, kind: str, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that were not removed meanwhile."""
    column = Ticket.id if kind == "tickets" else Question.id
    found: set[int] = set()
    for start in range(0, len(ids), 900):
        found |= set(session.scalars(select(column).where(column.in_(ids[start : start + 900]))))
    return found


def forget(session: Session, kind: str) -> None:
    """Drop what was found before, except what somebody has begun to write about."""
    session.execute(delete(RecurringIssue).where(RecurringIssue.kind == kind, RecurringIssue.article_id.is_(None)))


def issues(session: Session, kind: str, limit: int) -> Sequence[Row[RecurringIssue, str | None]]:
    """(issue, slug of what is being written), dearest first."""
    statement = (
        select(RecurringIssue, Article.slug)
        .outerjoin(Article, Article.id == RecurringIssue.article_id)
        .order_by(RecurringIssue.hours.desc(), RecurringIssue.size.desc(), RecurringIssue.id)
        .limit(limit)
    )
    return session.execute(statement.where(RecurringIssue.kind == kind) if kind else statement).all()


def guarded(session: Session, viewer: Viewer, issue_ids: Sequence[int]) -> set[int]:
    """Issues of which a ticket may not be seen by the viewer: their names may be its words."""
    found = session.scalars(
        select(RecurringMember.issue_id)
        .outerjoin(Question, Question.id == RecurringMember.question_id)
        .join(Ticket, Ticket.id == func.coalesce(RecurringMember.ticket_id, Question.ticket_id))
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(RecurringMember.issue_id.in_(issue_ids), ~func.coalesce(seen_by(viewer), false()))
    )
    return set(found)


def references(session: Session, viewer: Viewer, issue_ids: Sequence[int]) -> dict[int, list[str]]:
    """The most typical tickets of each issue that the viewer may see."""
    found: dict[int, list[str]] = {}
    statement = (
        select(RecurringMember.issue_id, Ticket.reference)
        .join(Ticket, Ticket.id == RecurringMember.ticket_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(RecurringMember.issue_id.in_(issue_ids), seen_by(viewer))
        .order_by(RecurringMember.nearness.desc(), RecurringMember.id)
    )
    for issue_id, reference in session.execute(statement):
        held = found.setdefault(issue_id, [])
        if len(held) < SHOWN:
            held.append(reference)
    return found


def solved_references(session: Session, viewer: Viewer, issue_id: int) -> Sequence[str]:
    """Solved tickets of an issue that the viewer may see, those with a written resolution first, then the typical ones."""
    return session.scalars(
        select(Ticket.reference)
        .join(RecurringMember, RecurringMember.ticket_id == Ticket.id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(RecurringMember.issue_id == issue_id, Ticket.status.in_(SOLVED), seen_by(viewer))
        .order_by((Ticket.resolution == "").asc(), RecurringMember.nearness.desc(), Ticket.id)
    ).all()


def subjects(session: Session, issue_id: int) -> Sequence[str]:
    """What its tickets were called, the most typical first."""
    return session.scalars(
        select(Ticket.subject)
        .join(RecurringMember, RecurringMember.ticket_id == Ticket.id)
        .where(RecurringMember.issue_id == issue_id)
        .order_by(RecurringMember.nearness.desc())
        .limit(50)
    ).all()


def article_id(session: Session, slug: str) -> int | None:
    """The number of that article."""
    return session.scalar(select(Article.id).where(Article.slug == slug))
