"""The audit log and the outbox, as the flows write them. Invariant: both are part of the flow's own transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb.models import AuditEntry, OutboxEvent
from kb.viewers import Viewer

INDEX_CHANGED = "index"
TICKET_CHANGED = "ticket"


def record(session: Session, viewer: Viewer, action: str, subject: str, now: datetime, **details: str | int) -> None:
    """Write down who did what to what; never what a ticket or a question says."""
    session.add(
        AuditEntry(
            at=now,
            actor_id=viewer.account_id,
            actor=viewer.email or viewer.name or viewer.role,
            action=action,
            subject=subject,
            details=dict(details),
        )
    )


def errand(session: Session, topic: str, now: datetime, **payload: int) -> None:
    """Leave an errand for the worker."""
    session.add(OutboxEvent(topic=topic, payload=dict(payload), created_at=now, available_at=now))
