"""Deletion over the API. Invariant: what is deleted is shown to nobody from that moment on, and only leads delete."""

from __future__ import annotations

from fastapi import APIRouter

from kb.services import removing
from web.dependencies import Lead, Now, Records

router = APIRouter()


@router.delete("/articles/{slug:path}", status_code=204, tags=["articles"], summary="Delete an article for good")
def delete_article(session: Records, viewer: Lead, now: Now, slug: str) -> None:
    """With its history, files, votes and links. Whoever may want it back archives it instead."""
    removing.remove_article(session, viewer, slug, now)


@router.delete("/tickets/{reference:path}", status_code=204, tags=["tickets"], summary="Delete a ticket for good")
def delete_ticket(session: Records, viewer: Lead, now: Now, reference: str) -> None:
    """With its thread, links, predictions and what was suggested for it; it speaks for no article any more."""
    removing.remove_ticket(session, viewer, reference, now)
