"""How articles are worked on together. Invariant: what was said and decided stays; a file is kept with its checksum."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified

SUBMISSIONS = ("waiting", "approved", "returned", "withdrawn")


class Submission(Identified, Base):
    """A text that somebody asked to have published."""

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'approved', 'returned', 'withdrawn')", name="state"),
        UniqueConstraint("revision_id"),
    )

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(20), default="public")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(20), default="waiting", index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class Comment(Identified, Base):
    """A remark of the desk on an article."""

    __tablename__ = "comment"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    body: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Attachment(Identified, Base):
    """A picture or a file of an article, recognised by its content."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("article_id", "name"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    checksum: Mapped[str] = mapped_column(String(64))
    """SHA-256, hexadecimal."""
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class Schedule(Identified, Base):
    """For whom a scheduled text comes out, and as what; until then `article.audience` is that of the text that is out."""

    __tablename__ = "schedule"
    __table_args__ = (CheckConstraint("audience <> 'team' or team_id is not null", name="team_audience"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), unique=True)
    audience: Mapped[str] = mapped_column(String(20))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="RESTRICT"))
    confidence: Mapped[str] = mapped_column(String(20))
