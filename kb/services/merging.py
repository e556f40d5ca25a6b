"""Two articles that say the same become one.

Invariant: links, votes and what was shown go to the one that stays, its readers and its history lose nothing, and the
address of the other leads to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError
from kb.models import Article
from kb.queries import articles as articles_q
from kb.queries import merging as merging_q
from kb.services import audit
from kb.services.finding import article_for
from kb.viewers import Viewer, may_read, require
from search.contract import SearchEngine, Vectors

LIKELY: Final = 0.86
"""Cosine of two openings from which on the articles are worth a look side by side."""
MOST_PAIRS: Final = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles that look alike."""

    left: str
    left_title: str
    right: str
    right_title: str
    likeness: float


def duplicates(session: Session, engine: SearchEngine, viewer: Viewer, *, limit: int = MOST_PAIRS) -> tuple[Pair, ...]:
    """Published articles whose openings, with their titles, mean the same, the likest first.

    By the vectors of the index: none where there is none, and an article that is not in it yet is not among them.
    """
    require(viewer, "agent")
    readable = [row for row in merging_q.openings(session) if may_read(viewer, row.audience, row.team_id)]
    known = engine.passage_vectors([row.passage_id for row in readable])
    rows = [row for row in readable if row.passage_id in known]
    if not rows:
        return ()
    vectors: Vectors = np.stack([known[row.passage_id] for row in rows])
    found: list[Pair] = []
    for place, row in enumerate(rows[:-1]):
        likeness = vectors[place + 1 :] @ vectors[place]
        for other in np.flatnonzero(likeness >= LIKELY):
            twin = rows[place + 1 + int(other)]
            found.append(Pair(row.slug, row.title, twin.slug, twin.title, float(likeness[other])))
    return tuple(sorted(found, key=lambda pair: -pair.likeness)[:limit])


def merge(session: Session, viewer: Viewer, keep: str, drop: str, now: datetime) -> None:
    """Send the readers, links and votes of `drop` to `keep`; its text stays in the history, archived.

    Raises:
        InvalidError: they are the same article.
        ConflictError: the one that stays is not published, or is for fewer people than the other.
    """
    require(viewer, "lead")
    stays, goes = article_for(session, viewer, keep), article_for(session, viewer, drop)
    if stays.id == goes.id:
        raise InvalidError("Choose two different articles.", field="keep")
    if stays.published_id is None or stays.confidence == articles_q.ARCHIVED:
        raise ConflictError("The article that stays must be published.")
    if not _as_open(stays, goes):
        raise ConflictError("The article that stays is for fewer people than the other. Change its audience first.")
    merging_q.move_links(session, goes.id, stays.id)
    merging_q.move_votes(session, goes.id, stays.id)
    merging_q.move_shown(session, goes.id, stays.id)
    merging_q.follow(session, goes.id, stays.id)
    goes.merged_into_id, goes.confidence, goes.updated_at = stays.id, articles_q.ARCHIVED, now
    session.flush()
    audit.record(session, viewer, "articles merged", f"article:{keep}", now, merged=drop)
    audit.errand(session, audit.INDEX_CHANGED, now, article=goes.id)


def successor(session: Session, viewer: Viewer, slug: str) -> str | None:
    """Where the readers of a merged article are sent; None where it was not merged, or the other is not for them."""
    gone = articles_q.by_slug(session, slug)
    into = articles_q.stayed(session, gone) if gone is not None else None
    if into is None or into is gone or into.published_id is None or into.confidence == articles_q.ARCHIVED:
        return None
    return into.slug if may_read(viewer, into.audience, into.team_id) else None


def _as_open(stays: Article, goes: Article) -> bool:
    if stays.audience == "team":
        return goes.audience == "team" and goes.team_id == stays.team_id
    return stays.audience == "public" or goes.audience != "public"
