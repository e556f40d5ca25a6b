"""How well what was known at a moment answered a ticket: the nearest article, and what solved the nearest tickets.

Invariant: a ticket that was not solved yet, a link that was not made yet and an article that did not say it yet are not
read; the same function tells it for learning and for serving.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import Progress, TicketFeatures
from kb.queries import asof as asof_q
from kb.queries import tickets as tickets_q
from kb.viewers import SYSTEM, audiences
from search.contract import Candidates, Query, SearchEngine, SearchError

NEAREST: Final = 10
"""Solved tickets that are asked what solved them."""
ARTICLE: Final = "likeness of the best article"
TICKETS: Final = "likeness of the nearest solved tickets"
AGREED: Final = "share of the nearest solved tickets that one article solved"


def precedents(
    session: Session,
    search: SearchEngine,
    asked: Sequence[tuple[int, TicketFeatures, datetime]],
    progress: Progress | None = None,
) -> list[dict[str, float]]:
    """For each (ticket id, ticket, moment), in order: numbers by a name in plain words.

    Nothing where nothing is indexed; a number that is not known is left out.
    """
    if not asked:
        return []
    everybody = audiences(SYSTEM, tuple(team.id for team in tickets_q.teams(session)))
    since = asof_q.published_since(session)
    found: list[dict[str, float]] = []
    for number, ticket, at in asked:
        query = Query(
            ticket.subject, ticket.body, product=ticket.attributes.get("product", ""),
            topic=ticket.attributes.get("topic", ""), audiences=everybody, exclude_ticket=number,
        )  # fmt: skip
        try:
            near = search.candidates(query)
        except SearchError:
            return [{} for _ in asked]
        found.append(_article(near, since, at) | _memory(session, near, at))
        if progress:
            progress("looking for precedents", len(found), len(asked))
    return found


def _article(near: Candidates, since: Mapping[int, datetime], at: datetime) -> dict[str, float]:
    known = [one.score for one in near.semantic if one.article_id in since and since[one.article_id] < at]
    return {ARTICLE: max(known)} if known else {}


def _memory(session: Session, near: Candidates, at: datetime) -> dict[str, float]:
    solved = asof_q.solved_at(session, [one.ticket_id for one in near.neighbours])
    known = [one for one in near.neighbours if one.ticket_id in solved and solved[one.ticket_id] < at][:NEAREST]
    if not known:
        return {}
    weights = {one.ticket_id: max(one.similarity, 0.0) for one in known}
    whole = sum(weights.values())
    votes: defaultdict[int, float] = defaultdict(float)
    # An article that was linked and then confirmed solved the ticket once.
    pairs = {(ticket, article) for ticket, article, linked in asof_q.links(session, list(weights)) if linked < at}
    for ticket, article in pairs:
        votes[article] += weights[ticket]
    agreed = max(votes.values(), default=0.0) / whole if whole > 0 else 0.0
    return {TICKETS: whole / len(known), AGREED: min(1.0, agreed)}
