"""Statements about files of articles. Invariant: a list never reads their contents."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.models import Attachment


def named(session: Session, article_id: int, name: str) -> Attachment | None:
    """The file of that name."""
    return session.scalar(select(Attachment).where(Attachment.article_id == article_id, Attachment.name == name))


def of_article(session: Session, article_id: int) -> Sequence[Attachment]:
    """All files of an article by name."""
    return session.scalars(
        select(Attachment).where(Attachment.article_id == article_id).order_by(Attachment.name)
    ).all()


def count(session: Session, article_id: int) -> int:
    """How many files an article has."""
    return session.scalar(select(func.count(Attachment.id)).where(Attachment.article_id == article_id)) or 0
