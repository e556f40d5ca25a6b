"""Who did what. Invariant: append-only, held by triggers in the database itself; no text of tickets or questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kb.models.base import Base, Identified


class AuditEntry(Identified, Base):
    """One deed."""

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(320))
    action: Mapped[str] = mapped_column(String(100), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    """What it was done to, such as ``article:how-to-refund``."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
