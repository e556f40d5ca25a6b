"""What is known. Invariant: a published text is a revision, and passages are cut from the published one only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.models.base import Base, Identified

AUDIENCES = ("public", "internal", "team")
CONFIDENCES = ("work in progress", "not validated", "validated", "archived")


class Article(Identified, Base):
    """An article; confidence, audience and governance are three separate fields (KCS v6)."""

    __tablename__ = "article"
    __table_args__ = (
        CheckConstraint("audience in ('public', 'internal', 'team')", name="audience"),
        CheckConstraint(
            "confidence in ('work in progress', 'not validated', 'validated', 'archived')", name="confidence"
        ),
        CheckConstraint("audience <> 'team' or team_id is not null", name="team_audience"),
    )

    slug: Mapped[str] = mapped_column(String(200), unique=True)
    products: Mapped[list[str]] = mapped_column(default=list)
    topics: Mapped[list[str]] = mapped_column(default=list)
    audience: Mapped[str] = mapped_column(String(20), default="public")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    confidence: Mapped[str] = mapped_column(String(20), default="validated", index=True)
    governance: Mapped[str] = mapped_column(String(20), default="experience based")
    url: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(String(35), default="", server_default="")
    """The language it is written in (``pt-BR``); empty where nobody said."""
    source_hash: Mapped[str] = mapped_column(String(64), default="")
    """Hash of the imported row: an equal one means there is nothing to do."""
    published_id: Mapped[int | None] = mapped_column(
        ForeignKey("revision.id", ondelete="SET NULL", use_alter=True), unique=True
    )
    version: Mapped[int] = mapped_column(default=1)
    """Counts every change; an edit that started from another one is refused."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"))
    """Where its readers are sent since it was merged; it is archived itself."""
    review_by: Mapped[datetime | None] = mapped_column(index=True)
    publish_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the worker publishes `scheduled_id`."""
    scheduled_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL", use_alter=True))
    from_ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    first_published_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)

    published: Mapped[Revision | None] = relationship(lazy="raise", foreign_keys=[published_id], post_update=True)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class Revision(Identified, Base):
    """One state of an article's text; never changed once written."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(500))
    summary: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    body_format: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")
    sources: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """Where the sentences of a draft stand: part, text, message (None: the question), start and end in its redacted words."""
    created_at: Mapped[datetime]


class Passage(Identified, Base):
    """A part of the published text that can be found and linked to."""

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("article_id", "ordinal"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    ordinal: Mapped[int]
    heading: Mapped[str] = mapped_column(String(500), default="")
    anchor: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str]
    text_hash: Mapped[str] = mapped_column(String(64), index=True)


class ArticleVote(Identified, Base):
    """One answer to “was this helpful?”: one vote a voter, which can change."""

    __tablename__ = "article_vote"
    __table_args__ = (
        UniqueConstraint("article_id", "voter"),
        Index("ix_article_vote_said", "at", "article_id", "helpful"),
        CheckConstraint("reason in ('', 'not related', 'did not help', 'outdated')", name="reason"),
    )

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    voter: Mapped[str] = mapped_column(String(64))
    """Hash of the account or of the browser's random mark: nobody can be told from it."""
    helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime]
