"""A ticket's record as it stood at a moment: numbers, and what its requester had said.

Invariant: nothing that happened at that moment or later is read: not a message, not a ticket, not an outcome. Deleting
the future changes nothing of it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.models import Ticket
from kb.queries import asof as asof_q

HOUR: Final = 3600.0
DAY: Final = 86_400.0
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


class Past:
    """The dated tickets of one requester, in the order in which they were written and in that in which they ended."""

    def __init__(self, tickets: Iterable[tuple[datetime, datetime | None, bool | None]]) -> None:
        rows = sorted(tickets, key=lambda row: row[0])
        self._created = [created for created, _, _ in rows]
        # What ended before it was written was written down wrongly: it ended at once.
        self._ended = [None if resolved is None else max(created, resolved) for created, resolved, _ in rows]
        self._escalated = [bool(escalated) for _, _, escalated in rows]
        ends = sorted((end, bad) for end, bad in zip(self._ended, self._escalated, strict=True) if end is not None)
        self._ends = [end for end, _ in ends]
        self._bad = [0]
        for _, bad in ends:
            self._bad.append(self._bad[-1] + bad)

    def before(self, written: datetime, at: datetime) -> dict[str, float]:
        """What was known at `at` of the tickets written before `written`; logarithmic but for those in between."""
        earlier = bisect_left(self._created, min(written, at))
        ended = bisect_left(self._ends, at)
        known = self._bad[ended]
        for row in range(earlier, bisect_left(self._created, at)):
            end = self._ended[row]
            if end is not None and end < at:
                ended, known = ended - 1, known - self._escalated[row]
        found = {
            "earlier tickets of the requester": float(earlier),
            "earlier tickets of the requester known to have escalated": float(known),
            "tickets of the requester still open": float(earlier - ended),
        }
        if earlier:
            last = self._created[earlier - 1]
            found["days since the requester's last ticket"] = (written - last).total_seconds() / DAY
        return found


def stood(session: Session, moments: Mapping[int, datetime], tickets: Sequence[Ticket]) -> dict[int, Stood]:
    """By ticket id, its record at its moment in `moments`; nothing of one without a moment, or without a date."""
    asked = [ticket for ticket in tickets if ticket.dated and ticket.id in moments]
    rows: dict[str, list[tuple[datetime, datetime | None, bool | None]]] = defaultdict(list)
    requesters = sorted({ticket.requester for ticket in asked if ticket.requester})
    for requester, created, resolved, escalated in asof_q.of_requesters(session, requesters):
        rows[requester].append((created, resolved, escalated))
    past = {requester: Past(some) for requester, some in rows.items()}
    threads = _threads(session, asked)
    found = {}
    for ticket in asked:
        at = moments[ticket.id]
        before = [turn for turn in threads[ticket.id] if turn.at < at]
        history = past[ticket.requester].before(ticket.created_at, at) if ticket.requester else {}
        said = tuple(turn.body for turn in before if turn.by_customer)
        found[ticket.id] = Stood(_thread(ticket.created_at, before, at) | history, said)
    return found


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
    threads = _threads(session, [ticket for ticket in tickets if ticket.dated])
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


def _threads(session: Session, tickets: Sequence[Ticket]) -> dict[int, list[Turn]]:
    threads: dict[int, list[Turn]] = defaultdict(list)
    for ticket_id, kind, at, body in asof_q.turns(session, [ticket.id for ticket in tickets]):
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
