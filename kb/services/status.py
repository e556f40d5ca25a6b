"""How the desk stands, for the operator. Invariant: counts and dates only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.services import audit, working
from kb.services.working import TRIES
from kb.viewers import Viewer, require


@dataclass(frozen=True, slots=True)
class Status:
    """What there is and what waits."""

    articles: int
    tickets: int
    unsolved: int
    people: int
    errands_waiting: int
    errands_given_up: int
    demo: bool
    """Whether any record belongs to the demo desk."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of the audit log."""

    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An errand that failed too often."""

    topic: str
    created_at: datetime
    attempts: int
    error: str


def given_up(session: Session, viewer: Viewer) -> tuple[GivenUp, ...]:
    """Errands that wait for the operator, and why."""
    require(viewer, "lead")
    return tuple(
        GivenUp(event.topic, event.created_at, event.attempts, event.error)
        for event in desk_q.quarantined_events(session, TRIES)
    )


def retry(session: Session, viewer: Viewer, now: datetime) -> int:
    """Give every errand that was given up another round; how many there were."""
    require(viewer, "operator")
    count = working.retry_quarantined(session, now)
    audit.record(session, viewer, "errands retried", "outbox", now, count=count)
    return count


def status(session: Session) -> Status:
    """As it is now."""
    return Status(
        articles=articles_q.count_published(session), tickets=tickets_q.count(session),
        unsolved=tickets_q.count_unsolved(session), people=len(desk_q.accounts(session)),
        errands_waiting=desk_q.waiting_events(session, TRIES),
        errands_given_up=len(desk_q.quarantined_events(session, TRIES)), demo=desk_q.has_demo(session),
    )  # fmt: skip


def deeds(session: Session, viewer: Viewer, *, action: str = "", limit: int = 200) -> tuple[Deed, ...]:
    """The newest entries of the audit log; `action` narrows them to one kind."""
    require(viewer, "operator")
    return tuple(
        Deed(entry.at, entry.actor, entry.action, entry.subject, {k: str(v) for k, v in entry.details.items()})
        for entry in desk_q.audit_entries(session, action, limit)
    )
