"""Statements about articles. Invariant: what is not published never comes out of a `published_…` function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, Subquery, case, delete, func, select
from sqlalchemy.orm import Session

from kb.models import Article, ArticleVote, Passage, Revision, Team

ARCHIVED = "archived"
VALIDATED = "validated"


def by_slug(session: Session, slug: str) -> Article | None:
    """The article of that slug, in whatever state."""
    return session.scalar(select(Article).where(Article.slug == slug))


def from_ticket(session: Session, ticket_id: int) -> Article | None:
    """The article that was drafted from a ticket, unless it was archived."""
    return session.scalar(select(Article).where(Article.from_ticket_id == ticket_id, Article.confidence != ARCHIVED))


def stayed(session: Session, article: Article) -> Article:
    """The article that this one was merged into; itself where it was not."""
    into = session.get(Article, article.merged_into_id) if article.merged_into_id is not None else None
    return into or article


def by_slugs(session: Session, slugs: Sequence[str]) -> Sequence[Article]:
    """Articles of those slugs, in no order."""
    return session.scalars(select(Article).where(Article.slug.in_(slugs))).all()


def slugs(session: Session, prefix: str) -> set[str]:
    """Slugs that begin so."""
    return set(session.scalars(select(Article.slug).where(Article.slug.startswith(prefix, autoescape=True))))


def revision(session: Session, revision_id: int | None) -> Revision | None:
    """One revision."""
    return session.get(Revision, revision_id) if revision_id is not None else None


def latest_revision(session: Session, article_id: int) -> Revision | None:
    """The newest revision, published or not."""
    return session.scalar(
        select(Revision).where(Revision.article_id == article_id).order_by(Revision.number.desc()).limit(1)
    )


def passages(session: Session, article_id: int) -> Sequence[Passage]:
    """Passages of an article in reading order."""
    return session.scalars(select(Passage).where(Passage.article_id == article_id).order_by(Passage.ordinal)).all()


def drop_passages(session: Session, ids: Sequence[int]) -> None:
    """Forget those passages."""
    session.execute(delete(Passage).where(Passage.id.in_(ids)))


def published() -> Select[Article, Revision]:
    """Articles that may be found, each with its published text."""
    return (
        select(Article, Revision)
        .join(Revision, Revision.id == Article.published_id)
        .where(Article.confidence != ARCHIVED)
    )


def published_by_id(session: Session, ids: Sequence[int]) -> dict[int, Row[Article, Revision]]:
    """Published articles among `ids`."""
    rows = session.execute(published().where(Article.id.in_(ids))).all()
    return {row[0].id: row for row in rows}


def published_list(session: Session, *, limit: int) -> Sequence[Row[Article, Revision]]:
    """Published articles, newest change first."""
    return session.execute(published().order_by(Article.updated_at.desc(), Article.id).limit(limit)).all()


def published_heads(
    session: Session,
) -> Sequence[Row[str, str, str, list[str], list[str], str, int | None, datetime]]:
    """(slug, title, summary, products, topics, audience, team_id, updated_at) of all published, newest change first."""
    return session.execute(
        select(
            Article.slug, Revision.title, Revision.summary, Article.products, Article.topics, Article.audience,
            Article.team_id, Article.updated_at,
        )
        .join(Revision, Revision.id == Article.published_id)
        .where(Article.confidence != ARCHIVED)
        .order_by(Article.updated_at.desc(), Article.id)
    ).all()  # fmt: skip


def validated_heads(
    session: Session,
) -> Sequence[Row[int, str, str, str, list[str], list[str], str, int | None, datetime, datetime]]:
    """(id, slug, title, summary, products, topics, audience, team_id, created_at, changed_at) of all that are published
    and validated, newest change first. While a newer text waits, the last change is that the published one was written.
    """
    newest = _newest()
    changed = case((newest.c.id == Revision.id, Article.updated_at), else_=Revision.created_at).label("changed_at")
    return session.execute(
        select(
            Article.id, Article.slug, Revision.title, Revision.summary, Article.products, Article.topics,
            Article.audience, Article.team_id, Article.created_at, changed,
        )
        .join(Revision, Revision.id == Article.published_id)
        .join(newest, newest.c.article_id == Article.id)
        .where(Article.confidence == VALIDATED)
        .order_by(changed.desc(), Article.id)
    ).all()  # fmt: skip


def drafts(session: Session) -> Sequence[Row[Article, Revision]]:
    """Articles whose newest text is not the published one, oldest first."""
    newest = _newest()
    return session.execute(
        select(Article, Revision)
        .join(newest, newest.c.article_id == Article.id)
        .join(Revision, Revision.id == newest.c.id)
        .where(Article.confidence != ARCHIVED, func.coalesce(Article.published_id, 0) != Revision.id)
        .order_by(Revision.created_at, Revision.id)
    ).all()


def _newest() -> Subquery:
    return select(Revision.article_id, func.max(Revision.id).label("id")).group_by(Revision.article_id).subquery()


def passage_texts(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], Passage]:
    """Passages among `ids` by (article id, passage id): whoever asks must know whose passage it means."""
    return {(row.article_id, row.id): row for row in session.scalars(select(Passage).where(Passage.id.in_(ids)))}


def first_passages(session: Session, article_ids: Sequence[int]) -> dict[int, Passage]:
    """The opening passage of each article."""
    rows = session.scalars(select(Passage).where(Passage.article_id.in_(article_ids), Passage.ordinal == 0))
    return {row.article_id: row for row in rows}


def passage_rows(session: Session) -> Sequence[Row[int, str, int]]:
    """(passage id, text hash, article id) of all that may be found."""
    return session.execute(
        select(Passage.id, Passage.text_hash, Passage.article_id)
        .join(Article, Article.id == Passage.article_id)
        .where(Article.published_id.is_not(None), Article.confidence != ARCHIVED)
        .order_by(Passage.id)
    ).all()


def every_id(session: Session) -> Sequence[int]:
    """Of all articles, whatever became of them."""
    return session.scalars(select(Article.id)).all()


def facets(session: Session) -> Sequence[Row[int, list[str], list[str], str, int | None, datetime, str]]:
    """(article id, products, topics, audience, team id, when it was changed, locale) of all that may be found."""
    return session.execute(
        select(
            Article.id, Article.products, Article.topics, Article.audience, Article.team_id, Article.updated_at,
            Article.locale,
        ).where(Article.published_id.is_not(None), Article.confidence != ARCHIVED)
    ).all()  # fmt: skip


def passages_with_articles(session: Session, ids: Sequence[int]) -> Sequence[Row[Passage, Article, Revision]]:
    """Passages among `ids` with their article and its published text."""
    return session.execute(
        select(Passage, Article, Revision)
        .join(Article, Article.id == Passage.article_id)
        .join(Revision, Revision.id == Article.published_id)
        .where(Passage.id.in_(ids), Article.confidence != ARCHIVED)
    ).all()


def vote_of(session: Session, article_id: int, voter: str) -> ArticleVote | None:
    """That voter's vote."""
    return session.scalar(select(ArticleVote).where(ArticleVote.article_id == article_id, ArticleVote.voter == voter))


def vote_counts(session: Session, article_id: int) -> tuple[int, int]:
    """(helpful, not helpful)."""
    rows = session.execute(
        select(ArticleVote.helpful, func.count())
        .where(ArticleVote.article_id == article_id)
        .group_by(ArticleVote.helpful)
    ).all()
    counts = {bool(helpful): count for helpful, count in rows}
    return counts.get(True, 0), counts.get(False, 0)


def team_by_name(session: Session, name: str) -> Team | None:
    """The team of that name."""
    return session.scalar(select(Team).where(Team.name == name))


def count_published(session: Session) -> int:
    """How many articles may be found."""
    return (
        session.scalar(
            select(func.count(Article.id)).where(Article.published_id.is_not(None), Article.confidence != ARCHIVED)
        )
        or 0
    )
