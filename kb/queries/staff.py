"""Statements that only pages of the desk need: teams, colleagues, requesters, requests and recent verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from kb.models import (
    Account,
    Article,
    Escalation,
    Passage,
    Prediction,
    Question,
    Review,
    Revision,
    Suggestion,
    Team,
    Ticket,
)
from kb.queries.articles import ARCHIVED
from kb.queries.tickets import UNSOLVED, seen_by
from kb.viewers import Viewer


def colleagues(session: Session) -> Sequence[Row[str, str, str | None]]:
    """(address, name, team) of everybody on the desk who can sign in, by name."""
    return session.execute(
        select(Account.email, Account.name, Team.name)
        .outerjoin(Team, Team.id == Account.team_id)
        .where(Account.role != "customer", Account.disabled_at.is_(None))
        .order_by(Account.name)
    ).all()


def members_by_team(session: Session) -> dict[int, int]:
    """How many people of the desk each team has."""
    rows = session.execute(
        select(Account.team_id, func.count())
        .where(Account.team_id.is_not(None), Account.disabled_at.is_(None))
        .group_by(Account.team_id)
    )
    return {team_id: count for team_id, count in rows if team_id is not None}


def unsolved_by_team(session: Session, viewer: Viewer) -> dict[int, int]:
    """How many unsolved tickets each team has, as far as the viewer may see them."""
    rows = session.execute(
        select(Ticket.team_id, func.count())
        .join(Team, Team.id == Ticket.team_id)
        .where(Ticket.status.in_(UNSOLVED), seen_by(viewer))
        .group_by(Ticket.team_id)
    )
    return {team_id: count for team_id, count in rows if team_id is not None}


def from_requester(session: Session, viewer: Viewer, ticket: Ticket, limit: int) -> Sequence[Ticket]:
    """Other tickets of the same requester, newest first."""
    return session.scalars(
        select(Ticket)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(_same_requester(ticket), Ticket.id != ticket.id, seen_by(viewer))
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(limit)
    ).all()


def count_from_requester(session: Session, viewer: Viewer, ticket: Ticket) -> Row[int, datetime | None]:
    """(how many other tickets, when the first was written)."""
    return session.execute(
        select(func.count(Ticket.id), func.min(Ticket.created_at))
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(_same_requester(ticket), Ticket.id != ticket.id, seen_by(viewer))
    ).one()


def _same_requester(ticket: Ticket) -> ColumnElement[bool]:
    if ticket.requester_id is not None:
        return (Ticket.requester_id == ticket.requester_id) | (
            Ticket.requester_id.is_(None) & (Ticket.requester == ticket.requester)
        )
    return Ticket.requester == ticket.requester


def requester_name(session: Session, ticket: Ticket) -> str | None:
    """The name of the account that asked."""
    return session.scalar(select(Account.name).where(Account.id == ticket.requester_id))


def questions_of_ticket(session: Session, ticket_id: int, surfaces: Sequence[str]) -> Sequence[Question]:
    """What was asked before the ticket was written, newest first."""
    return session.scalars(
        select(Question)
        .where(Question.ticket_id == ticket_id, Question.surface.in_(surfaces))
        .order_by(Question.id.desc())
    ).all()


def shown(session: Session, question_ids: Sequence[int]) -> Sequence[Suggestion]:
    """What was shown for those questions, by rank."""
    return session.scalars(
        select(Suggestion)
        .where(Suggestion.question_id.in_(question_ids))
        .order_by(Suggestion.question_id, Suggestion.rank)
    ).all()


def last_question(session: Session, ticket_id: int, account_id: int | None, redacted: str) -> Question | None:
    """The newest time that this person was shown articles for these words on this ticket."""
    return session.scalar(
        select(Question)
        .where(
            Question.ticket_id == ticket_id, Question.account_id == account_id, Question.surface == "agent",
            Question.redacted == redacted,
        )
        .order_by(Question.id.desc())
        .limit(1)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guarded:
    """A published article, or a passage of one, that is not for the public."""

    title: str
    audience: str
    team_id: int | None
    text: str = ""


def guarded_articles(session: Session, slugs: Sequence[str]) -> list[Guarded]:
    """Those among `slugs`."""
    rows = session.execute(
        select(Revision.title, Article.audience, Article.team_id)
        .join(Article, Revision.id == Article.published_id)
        .where(Article.slug.in_(slugs), Article.audience != "public")
    )
    return [Guarded(*row) for row in rows]


def guarded_passages(session: Session, ticket_id: int) -> list[Guarded]:
    """Passages of those that were shown to the desk for a ticket."""
    suggested = (
        select(Suggestion.article_id)
        .join(Question, Question.id == Suggestion.question_id)
        .where(Question.ticket_id == ticket_id)
    )
    rows = session.execute(
        select(Revision.title, Article.audience, Article.team_id, Passage.text)
        .join(Article, Article.id == Passage.article_id)
        .join(Revision, Revision.id == Article.published_id)
        .where(Article.id.in_(suggested), Article.audience != "public", Article.confidence != ARCHIVED)
    )
    return [Guarded(*row) for row in rows]


def requests(session: Session, viewer: Viewer, limit: int) -> Sequence[Row[Escalation, Ticket, str | None]]:
    """Escalations that requesters asked for and nobody has decided, oldest first."""
    return session.execute(
        select(Escalation, Ticket, Team.name)
        .join(Ticket, Ticket.id == Escalation.ticket_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Escalation.state == "requested", seen_by(viewer))
        .order_by(Escalation.requested_at, Escalation.id)
        .limit(limit)
    ).all()


def recent_reviews(session: Session, account_id: int, since: datetime) -> Sequence[Row[Review, Ticket]]:
    """The newest verdict on each prediction where that is this person's and not older, newest first."""
    newest = select(Review.prediction_id, func.max(Review.number).label("number")).group_by(Review.prediction_id)
    last = newest.subquery()
    return session.execute(
        select(Review, Ticket)
        .join(last, (last.c.prediction_id == Review.prediction_id) & (last.c.number == Review.number))
        .join(Prediction, Prediction.id == Review.prediction_id)
        .join(Ticket, Ticket.id == Prediction.ticket_id)
        .where(Review.reviewer_id == account_id, Review.created_at >= since, Review.verdict != "reopened")
        .order_by(Review.id.desc())
    ).all()
