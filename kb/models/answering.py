"""When a suggestion is called an answer. Invariant: a choice is only ever added to, never overwritten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified


class AnswerChoice(Identified, Base):
    """At what risk a lead lets something be called an answer; the newest counts. The number makes two at once impossible."""

    __tablename__ = "answer_choice"
    __table_args__ = (CheckConstraint("risk between 0 and 1", name="risk"),)

    number: Mapped[int] = mapped_column(unique=True)
    risk: Mapped[float | None]
    """Share of questions without an article that may be answered all the same; None: both errors weigh alike."""
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
