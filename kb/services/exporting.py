"""Published articles as records, to be taken elsewhere. Invariant: bringing one in again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from kb.queries import articles as articles_q
from kb.queries import attachments as attachments_q
from kb.queries import desk as desk_q
from kb.records import ArticleFile, ArticleRecord
from kb.viewers import Viewer, may_read


def exported(session: Session, viewer: Viewer) -> Iterator[ArticleRecord]:
    """Every published article that the viewer may read, by slug, with its files."""
    teams = desk_q.team_names(session)
    owners = {account.id: account.email for account in desk_q.accounts(session) if account.role != "customer"}
    heads = sorted(articles_q.published_heads(session), key=lambda head: head.slug)
    for head in (head for head in heads if may_read(viewer, head.audience, head.team_id)):
        article = articles_q.by_slug(session, head.slug)
        text = articles_q.revision(session, article.published_id) if article else None
        if article is None or text is None:
            continue
        yield ArticleRecord(
            slug=article.slug, title=text.title, body=text.body, summary=text.summary, body_format=text.body_format,
            products=tuple(article.products), topics=tuple(article.topics), audience=article.audience,
            team=teams.get(article.team_id or 0), updated_at=article.updated_at, url=article.url,
            locale=article.locale or None,
            confidence=article.confidence, governance=article.governance, review_by=article.review_by,
            owner=owners.get(article.owner_id or 0), written_at=article.created_at,
            first_published_at=article.first_published_at,
            files=tuple(ArticleFile(f.name, f.content) for f in attachments_q.of_article(session, article.id)),
        )  # fmt: skip
        session.expunge_all()


def titles(session: Session, viewer: Viewer) -> dict[str, str]:
    """Their titles by slug."""
    heads = articles_q.published_heads(session)
    return {head.slug: head.title for head in heads if may_read(viewer, head.audience, head.team_id)}
