"""Many verdicts at once, and taking the last ones back. Invariant: what somebody else decided meanwhile is left as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.errors import ConflictError, NotFoundError
from kb.queries import desk as desk_q
from kb.queries import staff as staff_q
from kb.services.reviewing import Verdict, decide, undo
from kb.viewers import Viewer, require

UNDO_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Choice:
    """A prediction, and the number of the last verdict that was seen on it."""

    prediction_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many verdicts were kept, and how many came too late."""

    kept: int
    late: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict that can still be taken back; `choices` are all that were given with it."""

    said: str
    team: str | None
    at: datetime
    references: tuple[str, ...]
    subject: str
    choices: tuple[Choice, ...]


def decide_many(
    session: Session, viewer: Viewer, choices: Sequence[Choice], verdict: Verdict, now: datetime
) -> Outcome:
    """The same verdict on each."""
    return _each(session, choices, lambda c: decide(session, viewer, c.prediction_id, verdict, c.number, now))


def undo_many(session: Session, viewer: Viewer, choices: Sequence[Choice], now: datetime) -> Outcome:
    """Take the last verdict on each back."""
    return _each(session, choices, lambda c: undo(session, viewer, c.prediction_id, c.number, now))


def _each(session: Session, choices: Sequence[Choice], deed: Callable[[Choice], object]) -> Outcome:
    kept = 0
    for choice in dict.fromkeys(choices):
        try:
            with session.begin_nested():
                deed(choice)
        except (ConflictError, NotFoundError):
            continue
        kept += 1
    return Outcome(kept, len(set(choices)) - kept)


def recent(session: Session, viewer: Viewer, now: datetime) -> tuple[Decided, ...]:
    """What the viewer decided in the last minutes and nobody overruled, newest first; that of one moment together."""
    require(viewer, "agent")
    if viewer.account_id is None:
        return ()
    teams = desk_q.team_names(session)
    groups: dict[tuple[datetime, str], list[tuple[Choice, str, str, str | None]]] = {}
    for review, ticket in staff_q.recent_reviews(session, viewer.account_id, now - UNDO_WITHIN):
        one = (Choice(review.prediction_id, review.number), ticket.reference, ticket.subject)
        groups.setdefault((review.created_at, review.verdict), []).append((*one, teams.get(review.team_id or 0)))
    return tuple(
        Decided(said, rows[0][3], at, tuple(row[1] for row in rows), rows[0][2], tuple(row[0] for row in rows))
        for (at, said), rows in groups.items()
    )
