"""Resolution memory: how much each solved ticket speaks for each article.

Invariant: read from the records at each question, so a link made a second ago counts and a deleted ticket does not; what
leaves here are numbers, and nobody is shown which ticket voted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import memory as memory_q
from kb.queries.tickets import SOLVED
from kb.viewers import Viewer
from search.contract import Vote

LINKED: Final = {"linked": 1.0, "confirmed": 1.5}
"""An agent or a file said so; the requester did."""
REOPENED: Final = 0.3
"""What a link is still worth where the ticket did not stay solved: it is open again, or was after the link was made."""
VERDICTS: Final = {"solved": 0.5, "not relevant": -0.5, "outdated": -0.5}
HALF_LIFE: Final = timedelta(days=1500)
"""After which a vote counts half, beside the newest one around. A year made MRR worse on real questions, and none no
better: help articles age slower than the questions about them."""


def of_tickets(session: Session, ticket_ids: Sequence[int], asked_at: datetime | None = None) -> list[Vote]:
    """Votes of those tickets, one a ticket and article; with `asked_at` only those cast by then."""
    rows = [
        (
            ticket,
            article,
            LINKED[kind] * (1.0 if status in SOLVED and not undone(at, again, asked_at) else REOPENED),
            at,
        )
        for ticket, article, kind, at, status, again in memory_q.links(session, ticket_ids)
        if asked_at is None or at <= asked_at
    ]
    newest = max((at for *_, at in rows), default=None)
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for ticket, article, weight, at in rows:
        faded = 0.5 ** ((newest - at) / HALF_LIFE) if newest is not None else 1.0
        weights[ticket, article] = max(weights[ticket, article], weight * faded)
    for said_of, article, verdict, said_at in memory_q.verdicts(session, ticket_ids):
        if asked_at is None or (said_at is not None and said_at <= asked_at):
            weights[said_of or 0, article] += VERDICTS[verdict]
    return [Vote(ticket, article, weight) for (ticket, article), weight in sorted(weights.items())]


def undone(at: datetime, reopened_at: datetime | None, asked_at: datetime | None) -> bool:
    """Whether the ticket was opened again after it was said at `at` what solved it, as far as was known when asked."""
    return reopened_at is not None and at <= reopened_at and (asked_at is None or reopened_at <= asked_at)


def unseen_voters(session: Session, viewer: Viewer, votes: Sequence[Vote]) -> Mapping[int, int]:
    """By article, how many tickets speak for it that this viewer may not see."""
    if viewer.leads:
        return {}
    speaking = [vote for vote in votes if vote.weight > 0]
    hidden = memory_q.hidden_from(session, viewer, sorted({vote.ticket_id for vote in speaking}))
    return Counter(vote.article_id for vote in speaking if vote.ticket_id in hidden)
