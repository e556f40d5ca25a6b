"""Statements about what readers said of articles. Invariant: counts and moments; who said it stays in the records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CompoundSelect, Row, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from kb.models import ArticleVote, Suggestion


def since(session: Session, until: datetime, latest: int) -> datetime | None:
    """When the one was said that came just before the `latest` ones by `until`; None where there are not so many."""
    said = _said().subquery()
    before = select(said.c.at).where(said.c.at <= until).order_by(said.c.at.desc())
    return session.scalar(before.offset(latest).limit(1))


def counted(session: Session, since: datetime, until: datetime) -> Sequence[Row[int, int, int]]:
    """(article id, how many good, how many) of what was said after `since` and by `until`."""
    said = _said().subquery()
    return session.execute(
        select(said.c.article_id, func.sum(said.c.good), func.count())
        .where(said.c.at > since, said.c.at <= until)
        .group_by(said.c.article_id)
    ).all()


def every(session: Session) -> list[tuple[datetime, int, bool]]:
    """(when, article id, whether it was good) of all that was ever said."""
    return [(row.at, row.article_id, bool(row.good)) for row in session.execute(_said())]


def _said() -> CompoundSelect[datetime, int, int]:
    """A reader's vote; and an agent's word that an article which was suggested is outdated."""
    votes = select(
        ArticleVote.at.label("at"), ArticleVote.article_id.label("article_id"),
        case((ArticleVote.helpful, 1), else_=0).label("good"),
    )  # fmt: skip
    marks = select(Suggestion.verdict_at, Suggestion.article_id, literal(0)).where(
        Suggestion.verdict == "outdated", Suggestion.verdict_at.is_not(None)
    )
    return union_all(votes, marks)
