"""Requesters who want somebody with more authority. Invariant: a lead decides, and each is decided once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import staff as staff_q
from kb.viewers import Viewer, require

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ManagerRequest:
    """One request that waits for a lead."""

    escalation_id: int
    reference: str
    subject: str
    requester: str
    team: str | None
    kind: str
    reason: str
    requested_at: datetime
    waiting: timedelta


def requests(session: Session, viewer: Viewer, now: datetime) -> tuple[ManagerRequest, ...]:
    """Those that nobody has decided, oldest first."""
    require(viewer, "lead")
    return tuple(
        ManagerRequest(
            escalation.id, ticket.reference, ticket.subject, ticket.requester, team, escalation.kind,
            escalation.reason, escalation.requested_at, max(now - escalation.requested_at, timedelta()),
        )
        for escalation, ticket, team in staff_q.requests(session, viewer, MOST)
    )  # fmt: skip
