"""Statements about articles that are being worked on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, exists, select
from sqlalchemy.orm import Session

from kb.models import Article, Comment, Revision, Schedule, Submission


def revisions(session: Session, article_id: int) -> Sequence[Revision]:
    """Every text of an article, newest first."""
    return session.scalars(
        select(Revision).where(Revision.article_id == article_id).order_by(Revision.number.desc())
    ).all()


def waiting(session: Session) -> Sequence[Row[Submission, Article, Revision]]:
    """Submissions nobody has decided, with their article and the very text, oldest first."""
    return session.execute(
        select(Submission, Article, Revision)
        .join(Article, Article.id == Submission.article_id)
        .join(Revision, Revision.id == Submission.revision_id)
        .where(Submission.state == "waiting")
        .order_by(Submission.at, Submission.id)
    ).all()


def of_author(session: Session, account_id: int, limit: int) -> Sequence[Row[Submission, Article, Revision]]:
    """What somebody submitted, newest first."""
    return session.execute(
        select(Submission, Article, Revision)
        .join(Article, Article.id == Submission.article_id)
        .join(Revision, Revision.id == Submission.revision_id)
        .where(Submission.by_id == account_id)
        .order_by(Submission.id.desc())
        .limit(limit)
    ).all()


def comments(session: Session, article_id: int) -> Sequence[Comment]:
    """Remarks on an article, oldest first."""
    return session.scalars(select(Comment).where(Comment.article_id == article_id).order_by(Comment.id)).all()


def is_due(session: Session, now: datetime) -> bool:
    """Whether any scheduled text should be out by now."""
    wanted = exists().where(Article.publish_at <= now, Article.scheduled_id.is_not(None))
    return bool(session.scalar(select(wanted)))


def due(session: Session, now: datetime) -> Sequence[Row[Article, Revision]]:
    """Articles whose scheduled text should be out by now, with that text."""
    return session.execute(
        select(Article, Revision)
        .join(Revision, Revision.id == Article.scheduled_id)
        .where(Article.publish_at <= now)
        .order_by(Article.publish_at, Article.id)
    ).all()


def schedule(session: Session, article_id: int) -> Schedule | None:
    """For whom its scheduled text comes out."""
    return session.scalars(select(Schedule).where(Schedule.article_id == article_id)).one_or_none()


def call_off(session: Session, article: Article) -> None:
    """Forget the moment, the text and its audience."""
    article.publish_at = article.scheduled_id = None
    session.execute(delete(Schedule).where(Schedule.article_id == article.id))


def overdue(session: Session, now: datetime) -> Sequence[Row[Article, Revision]]:
    """Published articles whose review date has passed, longest overdue first."""
    return session.execute(
        select(Article, Revision)
        .join(Revision, Revision.id == Article.published_id)
        .where(Article.review_by <= now, Article.confidence != "archived")
        .order_by(Article.review_by, Article.id)
    ).all()
