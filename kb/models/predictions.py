"""What was predicted and what people said to it. Invariant: both are only ever added to, never overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified

VERDICTS = ("acknowledged", "disagreed", "team changed", "snoozed", "reopened")
CHOICE_KINDS = ("balance", "cost", "capacity")


class AlarmChoice(Identified, Base):
    """How a lead wants alarms to be decided from then on; the newest counts. The number makes two at once impossible."""

    __tablename__ = "alarm_choice"
    __table_args__ = (CheckConstraint("kind in ('balance', 'cost', 'capacity')", name="kind"),)

    number: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    miss: Mapped[float]
    """False alarms that a miss is worth; for ``cost``."""
    per_day: Mapped[float]
    """Alarms that people can look at; for ``capacity``."""
    each_team: Mapped[bool]
    """Whether sets of teams hold each team, also a rare one, as often as stated."""
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class Prediction(Identified, Base):
    """One statement of a model about one ticket."""

    __tablename__ = "prediction"
    __table_args__ = (CheckConstraint("decision in ('escalate', 'keep', 'unsure')", name="decision"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    model_version: Mapped[str] = mapped_column(String(100))
    probability: Mapped[float | None]
    """None, as are threshold and decision, where only teams could be predicted."""
    threshold: Mapped[float | None]
    decision: Mapped[str | None] = mapped_column(String(20), index=True)
    choice_id: Mapped[int | None] = mapped_column(ForeignKey("alarm_choice.id", ondelete="SET NULL"))
    """The choice by which it was decided; None: as the model was trained."""
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    teams: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    team_set: Mapped[list[str]] = mapped_column(default=list)
    level: Mapped[str] = mapped_column(String(20), default="")
    """Empty where no level was predicted."""
    notes: Mapped[list[str]] = mapped_column(default=list)
    """What makes it weaker than usual, in words."""
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """What would be said if one attribute were another, strongest first; only where somebody is to look at it."""
    features: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blind: Mapped[bool] = mapped_column(default=False)
    """True for the few that nobody is shown, so that what becomes of their tickets was not changed by them."""
    created_at: Mapped[datetime] = mapped_column(index=True)


class Review(Identified, Base):
    """A person's verdict; the number makes two at once impossible."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("prediction_id", "number"),
        CheckConstraint(
            "verdict in ('acknowledged', 'disagreed', 'team changed', 'snoozed', 'reopened')", name="verdict"
        ),
    )

    prediction_id: Mapped[int] = mapped_column(ForeignKey("prediction.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    previous_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    """Where the ticket was before the verdict moved it."""
    until: Mapped[datetime | None]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
