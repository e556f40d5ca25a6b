"""A small random sample that nobody is shown, so that one can tell what the list misses.

Invariant: chance alone decides, once for each ticket; whoever is in the sample stays in it. What the list led people to
do changes what becomes of its tickets; in the sample nothing was done because of a prediction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import sqrt
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import learning as learning_q
from kb.queries.tickets import SOLVED
from kb.services.labels import SHOWN_AS
from kb.viewers import Viewer, require

SHARE: Final = 0.03
FIRST: Final = 200
"""Tickets of a new desk that are all shown: of so few the sample would tell nothing."""
SURE: Final = 1.96


@dataclass(frozen=True, slots=True)
class BlindAudit:
    """What became of tickets whose predictions nobody saw. The interval is 95 % (Wilson)."""

    waiting: int
    """Tickets of the sample that are not solved yet."""
    tickets: int
    escalated: int
    found: int
    """Of those that escalated, the ones that would have been on the list."""
    alarms: int
    """Tickets that would have been on the list."""
    found_between: tuple[float, float]
    text: str


def is_blind(ticket_id: int) -> bool:
    """Whether that ticket's predictions are kept from everybody."""
    if ticket_id <= FIRST:
        return False
    digest = hashlib.sha256(f"blind audit {ticket_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < SHARE * 2**32


def blind_audit(session: Session, viewer: Viewer) -> BlindAudit:
    """How many escalations the list finds, by tickets that it could not change."""
    require(viewer, "lead")
    rows = learning_q.blind(session)
    solved = [(decision in SHOWN_AS, bool(escalated)) for decision, escalated, status in rows if status in SOLVED]
    real = sum(escalated for _, escalated in solved)
    found = sum(listed and escalated for listed, escalated in solved)
    between = wilson(found, real)
    return BlindAudit(
        len(rows) - len(solved), len(solved), real, found, sum(listed for listed, _ in solved), between,
        _words(len(solved), real, found, between),
    )  # fmt: skip


def wilson(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927); (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, square = right / of, SURE**2 / of
    middle = (share + square / 2) / (1 + square)
    half = SURE * sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def _words(tickets: int, real: int, found: int, between: tuple[float, float]) -> str:
    if not tickets:
        return f"{SHARE:.0%} of new tickets are kept out of the list by chance; none of them is solved yet."
    if not real:
        return f"Of {tickets} solved tickets that nobody was shown none escalated."
    return (
        f"Of {tickets} solved tickets that nobody was shown {real} escalated; the list would have held {found} of them "
        f"({found / real:.0%}, with 95 % certainty between {between[0]:.0%} and {between[1]:.0%})."
    )
