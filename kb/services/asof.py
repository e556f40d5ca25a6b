"""A ticket's record as it stood at a moment: numbers, and what its requester had said.

Invariant: nothing that happened at that moment or later is read: not a message, not a ticket, not an outcome. Deleting
the future changes nothing of it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.models import Ticket
from kb.queries import asof as asof_q
from kb.records import TicketRecord
from kb.services.pasts import Asking, pasts

HOUR: Final = 3600.0
JUST_AFTER: Final = timedelta(seconds=1)
WAITED: Final = (timedelta(hours=4), timedelta(days=1))
"""How long a ticket had waited at the moments of the clock that are learned from."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message that the requester sees."""

    by_customer: bool
    at: datetime
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stood:
    """What a ticket's record held. `numbers` by a name in plain words; `said` are its requester's messages."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def stood(session: Session, moments: Mapping[int, datetime], tickets: Sequence[Ticket]) -> dict[int, Stood]:
    """By ticket id, its record at its moment in `moments`; nothing of one without a moment, or without a date."""
    asked = {
        ticket.id: _asking(ticket, moments[ticket.id]) for ticket in tickets if ticket.dated and ticket.id in moments
    }
    past = pasts(session, asked)
    threads = _threads(session, list(asked))
    found = {}
    for number, one in asked.items():
        before = [turn for turn in threads[number] if turn.at < one.at]
        said = tuple(turn.body for turn in before if turn.by_customer)
        found[number] = Stood(_thread(one.written, before, one.at) | past[number], said)
    return found


def written(session: Session, records: Sequence[TicketRecord]) -> list[Mapping[str, float]]:
    """Of each ticket of a file, in order, what the desk's own tickets said when it was written; nothing where it has no date.

    A file says nothing of a thread: it is looked at as it was written.
    """
    asked = {
        n: Asking(one.requester, one.account, one.product, one.topic, one.created_at, one.created_at)
        for n, one in enumerate(records)
        if one.created_at is not None
    }
    past = pasts(session, asked)
    return [
        _thread(asked[n].written, (), asked[n].written) | past[n] if n in asked else {} for n in range(len(records))
    ]


def _asking(ticket: Ticket, at: datetime) -> Asking:
    return Asking(ticket.requester, ticket.account, ticket.product, ticket.topic, ticket.created_at, at)


def numbers(
    session: Session, moments: Mapping[int, datetime], tickets: Sequence[Ticket]
) -> dict[int, Mapping[str, float]]:
    """The numbers alone."""
    return {number: one.numbers for number, one in stood(session, moments, tickets).items()}


def moments(session: Session, tickets: Sequence[Ticket]) -> dict[int, datetime]:
    """For each solved ticket one of the moments at which it was predicted, or would have been: to learn from.

    When it was written, after a message, or after it had waited for a while; never once it had escalated or was solved.
    Chance decides, always alike: of tickets that lived on after they were written every second one is learned from later.
    """
    escalated = asof_q.escalated_at(session, [ticket.id for ticket in tickets])
    threads = _threads(session, [ticket.id for ticket in tickets if ticket.dated])
    found = {}
    for ticket in tickets:
        until = min((m for m in (ticket.resolved_at, escalated.get(ticket.id)) if m is not None), default=None)
        # Of an escalation without a date nobody knows what came before it.
        known = ticket.dated and until is not None and (not ticket.escalated or ticket.id in escalated)
        waited = [ticket.created_at + wait for wait in WAITED]
        later = sorted([*(turn.at + JUST_AFTER for turn in threads.get(ticket.id, ())), *waited])
        possible = [at for at in later if known and until is not None and ticket.created_at < at < until]
        found[ticket.id] = _drawn(ticket, possible)
    return found


def _drawn(ticket: Ticket, later: Sequence[datetime]) -> datetime:
    digest = hashlib.sha256(f"moment {ticket.reference}".encode("utf-8", "replace")).digest()
    if not later or digest[0] % 2:
        return ticket.created_at
    return later[int.from_bytes(digest[1:5], "big") % len(later)]


def _threads(session: Session, tickets: Sequence[int]) -> dict[int, list[Turn]]:
    threads: dict[int, list[Turn]] = defaultdict(list)
    for ticket_id, kind, at, body in asof_q.turns(session, tickets):
        threads[ticket_id].append(Turn(kind == "customer", at, body))
    return threads


def _thread(written: datetime, before: Sequence[Turn], at: datetime) -> dict[str, float]:
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


def _hours(start: datetime, end: datetime) -> float:
    # A clock that was set back must not make a wait negative.
    return max(0.0, (end - start).total_seconds() / HOUR)
