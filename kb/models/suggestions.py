"""What was shown to whom. Invariant: only redacted words of a question are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified

SURFACES = ("help centre", "form", "agent", "api")


class Question(Identified, Base):
    """One time that Deflect was asked."""

    __tablename__ = "question"
    __table_args__ = (CheckConstraint("surface in ('help centre', 'form', 'agent', 'api')", name="surface"),)

    surface: Mapped[str] = mapped_column(String(20))
    redacted: Mapped[str]
    product: Mapped[str] = mapped_column(String(200), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    answered: Mapped[bool]
    generation: Mapped[str] = mapped_column(String(50), default="")
    at: Mapped[datetime] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    """Whoever was shown the suggestions holds it, and nobody can guess another's."""
    after_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"), index=True)
    """The question that this one puts in other words."""


class Suggestion(Identified, Base):
    """One article shown for a question, and what the person made of it."""

    __tablename__ = "suggestion"
    __table_args__ = (
        UniqueConstraint("question_id", "rank"),
        CheckConstraint("verdict in ('', 'solved', 'inserted', 'not relevant', 'outdated')", name="verdict"),
        Index(
            "ix_suggestion_outdated",
            "verdict_at",
            "article_id",
            sqlite_where=literal_column("verdict = 'outdated'"),
            postgresql_where=literal_column("verdict = 'outdated'"),
        ),
    )

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    rank: Mapped[int]
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    score: Mapped[float]
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    verdict: Mapped[str] = mapped_column(String(20), default="")
    verdict_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    verdict_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    """When its article was first opened from the question."""
