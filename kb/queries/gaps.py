"""Statements about what is missing or wrong in what is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kb.models import Article, ArticleVote, Link, Question, Revision, Suggestion, Ticket
from kb.queries.articles import ARCHIVED


def unanswered(session: Session, since: datetime, limit: int) -> Sequence[Question]:
    """Questions for which nothing was good enough, newest first."""
    return session.scalars(
        select(Question)
        .where(Question.answered.is_(False), Question.at >= since)
        .order_by(Question.id.desc())
        .limit(limit)
    ).all()


def marked(session: Session, since: datetime) -> Sequence[Row[int, str, int]]:
    """(article id, verdict, people who gave it) where suggestions were turned down."""
    return session.execute(
        select(Suggestion.article_id, Suggestion.verdict, func.count(func.distinct(Suggestion.question_id)))
        .where(Suggestion.verdict.in_(("not relevant", "outdated")), Suggestion.verdict_at >= since)
        .group_by(Suggestion.article_id, Suggestion.verdict)
    ).all()


def voted(session: Session, since: datetime) -> Sequence[Row[int, bool, str, int]]:
    """(article id, helpful, reason, votes)."""
    return session.execute(
        select(ArticleVote.article_id, ArticleVote.helpful, ArticleVote.reason, func.count())
        .where(ArticleVote.at >= since)
        .group_by(ArticleVote.article_id, ArticleVote.helpful, ArticleVote.reason)
    ).all()


def heads(session: Session, ids: Sequence[int]) -> Sequence[Row[Article, str]]:
    """Published articles among `ids` with their titles."""
    return session.execute(
        select(Article, Revision.title)
        .join(Revision, Revision.id == Article.published_id)
        .where(Article.id.in_(ids), Article.confidence != ARCHIVED)
    ).all()


def hours(session: Session, ticket_ids: Sequence[int]) -> dict[int, float]:
    """Ticket id → hours from asking to solving; what is not solved yet, or has no date, is left out."""
    found: dict[int, float] = {}
    for start in range(0, len(ticket_ids), 900):
        rows = session.execute(
            select(Ticket.id, Ticket.created_at, Ticket.resolved_at).where(
                Ticket.id.in_(ticket_ids[start : start + 900]), Ticket.resolved_at.is_not(None), Ticket.dated.is_(True)
            )
        )
        found |= {number: max((end - begun) / timedelta(hours=1), 0.0) for number, begun, end in rows if end}
    return found


def written_all_the_same(session: Session, since: datetime) -> Sequence[Row[int, int | None]]:
    """(article id, ticket id): tickets sent although that article was shown first, and that it did not answer."""
    answered = select(Link.id).where(Link.ticket_id == Question.ticket_id, Link.article_id == Suggestion.article_id)
    return session.execute(
        select(Suggestion.article_id, Question.ticket_id)
        .join(Question, Question.id == Suggestion.question_id)
        .where(
            Suggestion.rank == 1, Question.surface == "form", Question.ticket_id.is_not(None), Question.at >= since,
            ~answered.exists(),
        )
        .distinct()
    ).all()  # fmt: skip
