"""Which tickets were handed up. Invariant: an escalation names its kind and its state in words, never by nulls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified

KINDS = ("functional", "hierarchic", "customer-requested")
STATES = ("requested", "approved", "active", "de-escalated", "declined", "closed")


class Escalation(Identified, Base):
    """One handing-up of a ticket."""

    __tablename__ = "escalation"
    __table_args__ = (
        CheckConstraint("kind in ('functional', 'hierarchic', 'customer-requested')", name="kind"),
        CheckConstraint(
            "state in ('requested', 'approved', 'active', 'de-escalated', 'declined', 'closed')", name="state"
        ),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="functional")
    state: Mapped[str] = mapped_column(String(20), default="active")
    from_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    to_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    level: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    requested_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"))
    """The article that this escalation became."""
