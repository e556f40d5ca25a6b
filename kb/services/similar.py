"""Past tickets like this one. Invariant: read again from the database, and only those that the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.models import Ticket
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import tickets as tickets_q
from kb.viewers import Viewer, may_read, require
from search.contract import Candidates

LEAST: Final = 0.45
LOOKED_AT: Final = 30
PREVIEW: Final = 200


@dataclass(frozen=True, slots=True)
class SimilarTicket:
    """A solved ticket near the question, and what became of it."""

    reference: str
    subject: str
    resolution: str
    similarity: float
    escalated: bool | None
    team: str | None
    articles: tuple[tuple[str, str], ...]
    """(slug, title) of what was linked as the answer."""
    created_at: datetime


def similar_tickets(
    session: Session, candidates: Candidates, viewer: Viewer, *, limit: int = 5
) -> tuple[SimilarTicket, ...]:
    """Nearest first; none below a cosine of `LEAST`."""
    require(viewer, "agent")
    near = {n.ticket_id: n.similarity for n in candidates.neighbours[:LOOKED_AT] if n.similarity >= LEAST}
    found = {ticket.id: ticket for ticket in tickets_q.visible(session, viewer, list(near))}
    shown = [found[number] for number in near if number in found][:limit]
    linked = _linked(session, [ticket.id for ticket in shown], viewer)
    teams = desk_q.team_names(session)
    return tuple(_similar(ticket, near[ticket.id], teams, linked.get(ticket.id, ())) for ticket in shown)


def _linked(session: Session, tickets: list[int], viewer: Viewer) -> dict[int, tuple[tuple[str, str], ...]]:
    pairs = sorted({(vote.ticket_id, vote.article_id) for vote in tickets_q.votes(session, tickets)})
    rows = articles_q.published_by_id(session, [article for _, article in pairs])
    linked: dict[int, tuple[tuple[str, str], ...]] = {}
    for ticket, article in pairs:
        row = rows.get(article)
        if row is not None and may_read(viewer, row[0].audience, row[0].team_id):
            linked[ticket] = (*linked.get(ticket, ()), (row[0].slug, row[1].title))
    return linked


def _similar(
    ticket: Ticket, similarity: float, teams: dict[int, str], articles: tuple[tuple[str, str], ...]
) -> SimilarTicket:
    return SimilarTicket(
        ticket.reference, ticket.subject, ticket.resolution[:PREVIEW], similarity, ticket.escalated,
        teams.get(ticket.team_id or 0), articles, ticket.created_at,
    )  # fmt: skip
