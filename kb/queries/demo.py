"""Statements about the demo desk. Invariant: what came of it (an answer, a draft, a question) belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kb.models import Account, Article, Escalation, Question, Review, Schedule, Suggestion, Team, Ticket


def counts(session: Session, *, demo: bool) -> dict[str, int]:
    """Articles, tickets and people that belong to the demo desk, or those that do not."""
    models: dict[str, type[Article | Ticket | Account]] = {"articles": Article, "tickets": Ticket, "people": Account}
    return {
        name: session.scalar(select(func.count(model.id)).where(model.demo.is_(demo))) or 0
        for name, model in models.items()
    }


def team_ids(session: Session) -> dict[str, int]:
    """Name → number of every team."""
    return {name: number for number, name in session.execute(select(Team.id, Team.name))}


def remove_questions(session: Session) -> None:
    """Forget what was asked by its people, about its tickets, or answered by its articles."""
    shown = select(Suggestion.question_id).where(Suggestion.article_id.in_(_articles()))
    session.execute(
        delete(Question).where(
            or_(Question.account_id.in_(_accounts()), Question.ticket_id.in_(_tickets()), Question.id.in_(shown))
        )
    )


def remove_articles(session: Session) -> int:
    """Forget its articles, also drafts that came of its tickets; how many there were."""
    ids = session.scalars(_articles()).all()
    session.execute(delete(Article).where(Article.id.in_(ids)))
    return len(ids)


def remove_tickets(session: Session) -> int:
    """Forget its tickets, also those that its people opened; how many there were."""
    ids = session.scalars(_tickets()).all()
    session.execute(delete(Ticket).where(Ticket.demo.is_(True) | Ticket.requester_id.in_(_accounts())))
    return len(ids)


def remove_accounts(session: Session) -> int:
    """Forget its people; how many there were."""
    ids = session.scalars(_accounts()).all()
    session.execute(delete(Account).where(Account.demo.is_(True)))
    return len(ids)


def remove_teams(session: Session) -> Sequence[str]:
    """Forget its teams; one that a record of the desk's own names stays and is the desk's own from now on."""
    used = or_(*(Team.id.in_(select(column).where(column.is_not(None))) for column in _uses()))
    kept = session.scalars(select(Team.name).where(Team.demo.is_(True), used).order_by(Team.name)).all()
    session.execute(update(Team).where(Team.name.in_(kept)).values(demo=False))
    session.execute(delete(Team).where(Team.demo.is_(True)))
    return kept


def _uses() -> tuple[ColumnElement[int | None], ...]:
    return tuple(
        column.expression
        for column in (
            Ticket.team_id, Account.team_id, Article.team_id, Escalation.from_team_id, Escalation.to_team_id,
            Review.team_id, Review.previous_team_id, Schedule.team_id,
        )
    )  # fmt: skip


def _accounts() -> Select[int]:
    return select(Account.id).where(Account.demo.is_(True))


def _tickets() -> Select[int]:
    return select(Ticket.id).where(Ticket.demo.is_(True) | Ticket.requester_id.in_(_accounts()))


def _articles() -> Select[int]:
    return select(Article.id).where(Article.demo.is_(True) | Article.from_ticket_id.in_(_tickets()))
