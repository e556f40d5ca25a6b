"""Statements about synonyms and rephrased searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, aliased

from kb.models import Question, SynonymGroup


def groups(session: Session, *, declined: bool) -> Sequence[SynonymGroup]:
    """All groups that serve, or all that were declined, oldest first."""
    return session.scalars(
        select(SynonymGroup).where(SynonymGroup.declined == declined).order_by(SynonymGroup.id)
    ).all()


def serving_words(session: Session) -> Sequence[list[str]]:
    """The words of each group that serves."""
    return session.scalars(
        select(SynonymGroup.words).where(SynonymGroup.declined.is_(False)).order_by(SynonymGroup.id)
    ).all()


def group(session: Session, number: int) -> SynonymGroup | None:
    """One group."""
    return session.get(SynonymGroup, number)


def rephrased(session: Session, since: datetime, limit: int) -> Sequence[Row[str, str, int | None, int]]:
    """(first words, next words, account, first question) where a search without a good answer, rephrased, had one.

    The words are redacted; newest first.
    """
    first, second = aliased(Question), aliased(Question)
    return session.execute(
        select(first.redacted, second.redacted, second.account_id, first.id)
        .join(second, second.after_id == first.id)
        .where(first.answered.is_(False), second.answered.is_(True), second.at >= since)
        .order_by(second.id.desc())
        .limit(limit)
    ).all()


def question_before(session: Session, key: str, account_id: int | None, since: datetime) -> Question | None:
    """The question that is being rephrased: the one of that key or, for who is signed in, their last one."""
    conditions = [Question.key == key] if key else []
    if account_id is not None:
        conditions.append(Question.account_id == account_id)
    if not conditions:
        return None
    found = session.scalar(
        select(Question).where(or_(*conditions), Question.at >= since).order_by(Question.id.desc()).limit(1)
    )
    return found if found is not None and found.account_id == account_id else None
