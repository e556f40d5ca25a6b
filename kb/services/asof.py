"""A ticket's record as it stood at a moment, in numbers.

Invariant: nothing that happened at that moment or later is read: not a message, not a ticket, not an outcome. Deleting
the future changes no number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.models import Ticket
from kb.queries import asof as asof_q

HOUR: Final = 3600.0
DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier ticket of a requester."""

    id: int
    created_at: datetime
    resolved_at: datetime | None
    escalated: bool | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message that the requester sees."""

    by_customer: bool
    at: datetime


def numbers(
    session: Session, moments: Mapping[int, datetime], tickets: Sequence[Ticket]
) -> dict[int, dict[str, float]]:
    """By ticket id, what was known at its moment in `moments`, each by a name in plain words.

    A ticket without a moment, or whose date is not known, has no numbers.
    """
    asked = [ticket for ticket in tickets if ticket.dated and ticket.id in moments]
    past: dict[str, list[Earlier]] = defaultdict(list)
    requesters = sorted({ticket.requester for ticket in asked if ticket.requester})
    for requester, number, created, resolved, escalated in asof_q.of_requesters(session, requesters):
        past[requester].append(Earlier(number, created, resolved, escalated))
    threads: dict[int, list[Turn]] = defaultdict(list)
    for ticket_id, kind, at in asof_q.turns(session, [ticket.id for ticket in asked]):
        threads[ticket_id].append(Turn(kind == "customer", at))
    return {
        ticket.id: _thread(ticket.created_at, threads[ticket.id], moments[ticket.id])
        | _requester(ticket, past[ticket.requester], moments[ticket.id])
        for ticket in asked
    }


def _thread(written: datetime, turns: Sequence[Turn], at: datetime) -> dict[str, float]:
    before = [turn for turn in turns if turn.at < at]
    answers = [turn.at for turn in before if not turn.by_customer]
    asked = [turn.at for turn in before if turn.by_customer and (not answers or turn.at > answers[-1])]
    # An unanswered requester waits since the first message after the last answer; before any answer, since the ticket.
    waiting = asked[0] if answers and asked else (None if answers else written)
    return {
        "replies so far": float(len(answers)),
        "messages of the requester so far": float(len(before) - len(answers)),
        "hours since it was written": _hours(written, at),
        "hours without an answer": _hours(waiting, at) if waiting else 0.0,
    }


def _requester(ticket: Ticket, past: Sequence[Earlier], at: datetime) -> dict[str, float]:
    if not ticket.requester:
        return {}
    earlier = [one for one in past if one.created_at < min(at, ticket.created_at) and one.id != ticket.id]
    ended = [one for one in earlier if one.resolved_at is not None and one.resolved_at < at]
    found = {
        "earlier tickets of the requester": float(len(earlier)),
        "earlier tickets of the requester known to have escalated": float(sum(bool(one.escalated) for one in ended)),
        "tickets of the requester still open": float(len(earlier) - len(ended)),
    }
    if earlier:
        found["days since the requester's last ticket"] = (
            ticket.created_at - earlier[-1].created_at
        ).total_seconds() / DAY
    return found


def _hours(start: datetime, end: datetime) -> float:
    # A clock that was set back must not make a wait negative.
    return max(0.0, (end - start).total_seconds() / HOUR)
