"""Errands for the worker. Invariant: one that fails comes back later, and after `TRIES` it waits for the operator instead."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from kb.queries import desk as desk_q

TRIES: Final = 8
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do."""

    id: int
    topic: str
    payload: dict[str, Any]
    attempts: int


def is_due(session: Session, now: datetime, topic: str = "", *, besides: str = "") -> bool:
    """Whether there is an errand that nobody is at; a look only. Of one topic, or of any but one, where that is said."""
    return bool(desk_q.due_events(session, now, 1, TRIES, topic, besides))


def open_ids(session: Session, topic: str) -> list[int]:
    """Every errand of a kind that is not done, also those another worker holds or that were given up."""
    return desk_q.open_event_ids(session, topic)


def lease(
    session: Session, now: datetime, topic: str = "", *, besides: str = "", limit: int = 200, seconds: float = 300.0
) -> tuple[Errand, ...]:
    """Errands that nobody is at, oldest first; they are the caller's until the lease ends. Topics as for `is_due`."""
    events = desk_q.due_events(session, now, limit, TRIES, topic, besides)
    for event in events:
        event.leased_until = now + timedelta(seconds=seconds)
        event.attempts += 1
    session.flush()
    return tuple(Errand(event.id, event.topic, dict(event.payload), event.attempts) for event in events)


def done(session: Session, ids: Sequence[int], now: datetime) -> None:
    """They are done; old ones are forgotten."""
    for event in desk_q.events(session, ids):
        event.done_at, event.leased_until, event.error = now, None, ""
    desk_q.forget_done_events(session, now - KEPT)


def failed(session: Session, ids: Sequence[int], error: str, now: datetime) -> None:
    """They come back after a pause that doubles each time, with jitter. `error` must hold no text of tickets."""
    for event in desk_q.events(session, ids):
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (event.attempts - 1))
        event.available_at = now + pause * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
        event.leased_until, event.error = None, error[:500]


def retry_quarantined(session: Session, now: datetime) -> int:
    """Give every errand that was given up another round; how many there were."""
    events = desk_q.quarantined_events(session, TRIES)
    for event in events:
        event.attempts, event.available_at, event.error = 0, now, ""
    return len(events)
