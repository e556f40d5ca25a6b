"""Taking records away for good. Invariant: what is removed is gone from the database at once and from every index with its next run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import NotFoundError
from kb.queries import articles as articles_q
from kb.services import audit
from kb.services.finding import ticket_for
from kb.viewers import Viewer, require


def remove_article(session: Session, viewer: Viewer, slug: str, now: datetime) -> None:
    """Delete an article with its history, votes and links."""
    require(viewer, "lead")
    article = articles_q.by_slug(session, slug)
    if article is None:
        raise NotFoundError("There is no such article.")
    session.delete(article)
    session.flush()
    audit.record(session, viewer, "article removed", f"article:{slug}", now)
    audit.errand(session, audit.INDEX_CHANGED, now)


def remove_ticket(session: Session, viewer: Viewer, reference: str, now: datetime) -> None:
    """Delete a ticket with its thread, links, predictions and what was suggested for it."""
    require(viewer, "lead")
    session.delete(ticket_for(session, viewer, reference))
    session.flush()
    audit.record(session, viewer, "ticket removed", f"ticket:{reference}", now)
    audit.errand(session, audit.INDEX_CHANGED, now)
