"""Statements about how an article does. Invariant: counts, dates and the desk's own words; nothing of who asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, distinct, func, select
from sqlalchemy.orm import Session, aliased

from kb.models import (
    Account,
    Article,
    ArticleVote,
    Attachment,
    Escalation,
    Link,
    Message,
    Question,
    Revision,
    Suggestion,
    Team,
    Ticket,
)
from kb.queries.tickets import seen_by
from kb.viewers import Viewer

ANSWERS = 60
Conditions = Sequence[ColumnElement[bool]]


def votes_since(session: Session, article_id: int, since: datetime) -> dict[tuple[bool, str], int]:
    """(helpful, reason) → votes since then."""
    rows = session.execute(
        select(ArticleVote.helpful, ArticleVote.reason, func.count())
        .where(ArticleVote.article_id == article_id, ArticleVote.at >= since)
        .group_by(ArticleVote.helpful, ArticleVote.reason)
    ).all()
    return {(bool(row[0]), row[1]): row[2] for row in rows}


def shown_first(session: Session, article_id: int, since: datetime) -> tuple[int, int, int]:
    """Of the times it was shown first since then: how many, solved it, and ended in a ticket that it did not answer."""
    shown = (Suggestion.rank == 1, Question.at >= since)
    return _came_of(session, article_id, shown, (Question.surface == "form",))


def read(session: Session, article_id: int, since: datetime) -> tuple[int, int, int]:
    """Of the times it was opened from a search or the form since then: how many, solved it, and ended in a ticket that
    it did not answer. What people of the desk asked for a ticket of theirs is not counted.
    """
    opened = (Suggestion.read_at >= since, Question.surface != "agent")
    return _came_of(session, article_id, opened, (Suggestion.verdict != "solved",))


def _came_of(session: Session, article_id: int, which: Conditions, left: Conditions) -> tuple[int, int, int]:
    """Of the questions for which it was suggested, of those that are `which`: how many, solved by it, and ended in a ticket
    that it did not answer, of those that are `left` too.
    """
    base = (
        select(func.count(distinct(Question.id)))
        .join(Suggestion, Suggestion.question_id == Question.id)
        .where(Suggestion.article_id == article_id, *which)
    )
    answered = select(Link.id).where(Link.ticket_id == Question.ticket_id, Link.article_id == article_id).exists()
    total = session.scalar(base) or 0
    solved = session.scalar(base.where(Suggestion.verdict == "solved")) or 0
    ended = session.scalar(base.where(Question.ticket_id.is_not(None), ~answered, *left)) or 0
    return total, solved, ended


def suggestion_verdicts(session: Session, article_id: int, since: datetime) -> dict[str, int]:
    """Verdict → how often since then."""
    rows = session.execute(
        select(Suggestion.verdict, func.count())
        .where(Suggestion.article_id == article_id, Suggestion.verdict != "", Suggestion.verdict_at >= since)
        .group_by(Suggestion.verdict)
    ).all()
    return {row[0]: row[1] for row in rows}


def gaps_between_updates(session: Session, article_ids: Sequence[int]) -> list[tuple[int, datetime]]:
    """(article id, when) of every text of those articles, oldest first."""
    rows = session.execute(
        select(Revision.article_id, Revision.created_at)
        .where(Revision.article_id.in_(article_ids))
        .order_by(Revision.article_id, Revision.number)
    ).all()
    return [(row[0], row[1]) for row in rows]


def published_topics(session: Session) -> Sequence[Row[int, list[str]]]:
    """(article id, topics) of all published articles."""
    return session.execute(
        select(Article.id, Article.topics).where(Article.published_id.is_not(None), Article.confidence != "archived")
    ).all()


def moved(session: Session) -> set[str]:
    """Slugs of merged articles: their addresses lead on."""
    return set(session.scalars(select(Article.slug).where(Article.merged_into_id.is_not(None))))


def files(session: Session) -> set[str]:
    """Addresses of all files of articles, below ``/files/``."""
    rows = session.execute(select(Article.slug, Attachment.name).join(Attachment, Attachment.article_id == Article.id))
    return {f"{slug}/{name}" for slug, name in rows}


def answers(session: Session, article_id: int) -> Sequence[Row[datetime, str, str, int]]:
    """(when, what solved it, the last public reply, ticket id) of tickets linked to an article, newest first."""
    last = (
        select(Message.body)
        .where(Message.ticket_id == Ticket.id, Message.author_kind == "agent", Message.internal.is_(False))
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )
    return session.execute(
        select(Link.at, Ticket.resolution, func.coalesce(last, ""), Ticket.id)
        .join(Ticket, Ticket.id == Link.ticket_id)
        .where(Link.article_id == article_id)
        .order_by(Link.at.desc())
        .limit(ANSWERS)
    ).all()


def links(session: Session, article_id: int) -> Sequence[Row[datetime, str]]:
    """(when, kind) of every link of an article, oldest first."""
    return session.execute(select(Link.at, Link.kind).where(Link.article_id == article_id).order_by(Link.at)).all()


def contributors(session: Session, article_id: int) -> Sequence[Row[str, int]]:
    """(name, texts written), most first."""
    return session.execute(
        select(Account.name, func.count(Revision.id))
        .join(Revision, Revision.author_id == Account.id)
        .where(Revision.article_id == article_id)
        .group_by(Account.name)
        .order_by(func.count(Revision.id).desc(), Account.name)
    ).all()


def created(session: Session, ticket_ids: Sequence[int]) -> list[datetime]:
    """When those tickets were written, oldest first; undated ones are left out."""
    found: list[datetime] = []
    for start in range(0, len(ticket_ids), 900):
        some = ticket_ids[start : start + 900]
        found += session.scalars(select(Ticket.created_at).where(Ticket.id.in_(some), Ticket.dated.is_(True))).all()
    return sorted(found)


def written_by(session: Session, account_id: int, limit: int) -> Sequence[Row[Article, str]]:
    """Published articles with their titles of which somebody wrote a text, what changed last first."""
    text = aliased(Revision)
    theirs = select(text.id).where(text.article_id == Article.id, text.author_id == account_id).exists()
    return session.execute(
        select(Article, Revision.title)
        .join(Revision, Revision.id == Article.published_id)
        .where(theirs, Article.confidence != "archived")
        .order_by(Article.updated_at.desc(), Article.id)
        .limit(limit)
    ).all()


def became(session: Session, viewer: Viewer, limit: int) -> Sequence[Row[Escalation, Ticket, Article, str]]:
    """Escalations of tickets the viewer may see that became a published article, with its title, newest first."""
    return session.execute(
        select(Escalation, Ticket, Article, Revision.title)
        .join(Ticket, Ticket.id == Escalation.ticket_id)
        .join(Article, Article.id == Escalation.article_id)
        .join(Revision, Revision.id == Article.published_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(seen_by(viewer))
        .order_by(Escalation.id.desc())
        .limit(limit)
    ).all()


def solved_since(session: Session, article_id: int) -> int:
    """How often somebody said that it solved their question before there was a ticket."""
    return (
        session.scalar(
            select(func.count(distinct(Suggestion.question_id)))
            .join(Question, Question.id == Suggestion.question_id)
            .where(Suggestion.article_id == article_id, Suggestion.verdict == "solved", Question.ticket_id.is_(None))
        )
        or 0
    )
