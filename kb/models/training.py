"""When models were learned. Invariant: a run is written down before it begins, so one that was killed is still known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified

RUN_STATES = ("running", "done", "failed", "interrupted")


class TrainingRun(Identified, Base):
    """One training run."""

    __tablename__ = "training_run"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'failed', 'interrupted')", name="state"),
    )  # fmt: skip

    state: Mapped[str] = mapped_column(String(20), default="running", index=True)
    cause: Mapped[str] = mapped_column(String(200))
    """Why it was started, in words: by hand, by schedule, …"""
    host: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    version: Mapped[str] = mapped_column(String(100), default="")
    """The version that it stored; empty where it stored none."""
    promoted: Mapped[bool] = mapped_column(default=False)
    examples: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    """Why it failed, or why its version does not serve."""
