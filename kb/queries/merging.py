"""Statements for making one article of two. Invariant: whoever voted or linked twice counts once afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session, aliased

from kb.models import Article, ArticleVote, Escalation, Link, Passage, RecurringIssue, Revision, Suggestion

QUIET = {"synchronize_session": "fetch"}


def openings(session: Session) -> Sequence[Row[str, str, int, str, int | None]]:
    """(slug, title, id of the first passage, audience, team_id) of all published articles."""
    return session.execute(
        select(Article.slug, Revision.title, Passage.id.label("passage_id"), Article.audience, Article.team_id)
        .join(Revision, Revision.id == Article.published_id)
        .join(Passage, Passage.article_id == Article.id)
        .where(Article.confidence != "archived", Passage.ordinal == 0)
        .order_by(Article.id)
    ).all()


def move_links(session: Session, source: int, target: int) -> None:
    """Links to `source` become links to `target`."""
    twin = aliased(Link)
    there = select(twin.id).where(twin.ticket_id == Link.ticket_id, twin.kind == Link.kind, twin.article_id == target)
    session.execute(delete(Link).where(Link.article_id == source, there.exists()).execution_options(**QUIET))
    session.execute(update(Link).where(Link.article_id == source).values(article_id=target).execution_options(**QUIET))


def move_votes(session: Session, source: int, target: int) -> None:
    """Votes on `source` become votes on `target`; who voted on both keeps the one on `target`."""
    twin = aliased(ArticleVote)
    there = select(twin.id).where(twin.voter == ArticleVote.voter, twin.article_id == target)
    session.execute(
        delete(ArticleVote).where(ArticleVote.article_id == source, there.exists()).execution_options(**QUIET)
    )
    session.execute(
        update(ArticleVote).where(ArticleVote.article_id == source).values(article_id=target).execution_options(**QUIET)
    )


def move_shown(session: Session, source: int, target: int) -> None:
    """What was shown, and what people said to it, counts for `target`."""
    session.execute(
        update(Suggestion).where(Suggestion.article_id == source).values(article_id=target).execution_options(**QUIET)
    )


def follow(session: Session, source: int, target: int) -> None:
    """Whatever else pointed at `source`: articles merged into it before, escalations and issues that became it."""
    for model, column in ((Article, "merged_into_id"), (Escalation, "article_id"), (RecurringIssue, "article_id")):
        session.execute(
            update(model).where(getattr(model, column) == source).values({column: target}).execution_options(**QUIET)
        )
