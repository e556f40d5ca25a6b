"""The one door to a ticket, and to an article. Invariant: whoever may not see it cannot tell it from one that does not exist."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kb.errors import NotFoundError
from kb.models import Article, Team, Ticket
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.viewers import Viewer, may_read, may_see_ticket


def ticket_for(session: Session, viewer: Viewer, reference: str) -> Ticket:
    """The ticket, if the viewer may see it.

    Raises:
        NotFoundError: there is none for this viewer.
    """
    ticket = tickets_q.by_reference(session, reference)
    team = session.get(Team, ticket.team_id) if ticket is not None and ticket.team_id is not None else None
    if ticket is None or not may_see_ticket(
        viewer, ticket.requester_id, ticket.team_id, private=team.private if team else False
    ):
        raise NotFoundError("There is no such ticket.")
    return ticket


def article_for(session: Session, viewer: Viewer, slug: str) -> Article:
    """The article, published or not.

    Raises:
        NotFoundError: there is none for this viewer.
    """
    article = articles_q.by_slug(session, slug)
    if article is None or not may_read(viewer, article.audience, article.team_id):
        raise NotFoundError("There is no such article.")
    return article
