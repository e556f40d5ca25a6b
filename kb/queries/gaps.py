"""Statements about what is missing or wrong in what is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kb.models import Article, ArticleVote, Question, Revision, Suggestion
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
