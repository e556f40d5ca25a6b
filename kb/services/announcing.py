"""What is new, for whoever follows the desk from elsewhere.

Invariant: nothing but what nobody in particular may read at this moment, and of that only what the desk vouches for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.queries import articles as articles_q
from kb.services import reading
from kb.viewers import ANONYMOUS, may_read

MOST: Final = 50
LONGEST: Final = 300
"""Characters of a summary."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A validated article for everybody."""

    slug: str
    title: str
    summary: str
    """Plain text; the opening of an article that has none."""
    products: tuple[str, ...]
    topics: tuple[str, ...]
    begun_at: datetime
    changed_at: datetime


def newest(session: Session, *, product: str = "", topic: str = "") -> tuple[Announcement, ...]:
    """Newest change first; those about a product, a topic, or both.

    Raises:
        NotFoundError: there is no article about it that everybody may read.
    """
    shelf = reading.shelf(session, ANONYMOUS, product=product, topic=topic) if product or topic else None
    slugs = {card.slug for card in shelf or ()}
    rows = [
        row
        for row in articles_q.validated_heads(session)
        if may_read(ANONYMOUS, row.audience, row.team_id) and (shelf is None or row.slug in slugs)
    ][:MOST]
    openings = articles_q.first_passages(session, [row.id for row in rows if not row.summary])
    return tuple(
        Announcement(
            row.slug, row.title, _short(row.summary or openings[row.id].text), tuple(row.products), tuple(row.topics),
            row.created_at, row.changed_at,
        )
        for row in rows
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
