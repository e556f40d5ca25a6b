"""What keeps coming back. Invariant: found anew by each run, except what somebody has begun to write about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified


class RecurringIssue(Identified, Base):
    """Tickets, or questions without an answer, that say the same."""

    __tablename__ = "recurring_issue"
    __table_args__ = (CheckConstraint("kind in ('tickets', 'questions')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(200))
    """In the redacted words of one who asked."""
    terms: Mapped[list[str]] = mapped_column(default=list)
    size: Mapped[int]
    hours: Mapped[float]
    """From asking to solving, summed over its tickets."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    found_at: Mapped[datetime]
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"))
    """What somebody began to write about it."""


class RecurringMember(Identified, Base):
    """One of them."""

    __tablename__ = "recurring_member"
    __table_args__ = (CheckConstraint("ticket_id is not null or question_id is not null", name="member"),)

    issue_id: Mapped[int] = mapped_column(ForeignKey("recurring_issue.id", ondelete="CASCADE"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    nearness: Mapped[float]
    """Cosine with the middle of the issue."""
