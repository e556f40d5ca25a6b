"""What was asked and how it ended. Invariant: history's labels (escalated, team, level, links) never feed a prediction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified

STATUSES = ("open", "waiting", "resolved", "closed")
LINK_KINDS = ("linked", "confirmed")


class Ticket(Identified, Base):
    """A question that reached the desk."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("status in ('open', 'waiting', 'resolved', 'closed')", name="status"),
        Index("ix_ticket_queue", "status", "created_at"),
        Index("ix_ticket_account", "account"),
        Index("ix_ticket_product_created", "product", "created_at"),
        Index("ix_ticket_product_escalated", "product", "escalated", "resolved_at"),
        Index("ix_ticket_topic_created", "topic", "created_at"),
        Index("ix_ticket_topic_escalated", "topic", "escalated", "resolved_at"),
    )

    reference: Mapped[str] = mapped_column(String(200), unique=True)
    subject: Mapped[str]
    body: Mapped[str]
    requester: Mapped[str] = mapped_column(String(320), default="", index=True)
    """Name, address or number as the channel gave it; `requester_id` where it is an account."""
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    account: Mapped[str] = mapped_column(String(200), default="")
    """The requester's company, where the desk knows it."""
    product: Mapped[str] = mapped_column(String(200), default="")
    topic: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(50), default="")
    priority: Mapped[str] = mapped_column(String(50), default="")
    impact: Mapped[str] = mapped_column(String(50), default="")
    urgency: Mapped[str] = mapped_column(String(50), default="")
    locale: Mapped[str] = mapped_column(String(35), default="")
    attributes: Mapped[dict[str, str]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20), default="open")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"), index=True)
    level: Mapped[str] = mapped_column(String(20), default="")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    escalated: Mapped[bool | None]
    """What history says; None where it says nothing."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    dated: Mapped[bool] = mapped_column(default=True)
    """False where `created_at` is only the moment of import."""
    resolved_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    """When somebody last said that it was not solved after all; a thank-you that opens it is not that."""
    resolution: Mapped[str] = mapped_column(default="")
    text_hash: Mapped[str] = mapped_column(String(64))
    source_hash: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column(default=1)
    demo: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class Message(Identified, Base):
    """One turn of a ticket's thread."""

    __tablename__ = "message"
    __table_args__ = (CheckConstraint("author_kind in ('customer', 'agent', 'system')", name="author_kind"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    author_name: Mapped[str] = mapped_column(String(320), default="")
    author_kind: Mapped[str] = mapped_column(String(20))
    internal: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str]
    solution: Mapped[bool] = mapped_column(default=False)
    """Whether a person marked it as what solved the ticket."""
    created_at: Mapped[datetime]


class Link(Identified, Base):
    """An article that was the answer to a ticket: said by an agent or a file, or confirmed by the requester."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("ticket_id", "article_id", "kind"),
        CheckConstraint("kind in ('linked', 'confirmed')", name="kind"),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="linked")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class PendingLink(Identified, Base):
    """A link of an imported ticket to an article that is not here yet; it becomes a `Link` when the article comes."""

    __tablename__ = "pending_link"
    __table_args__ = (UniqueConstraint("ticket_id", "slug"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    slug: Mapped[str] = mapped_column(String(200), index=True)
