"""Complete: what is being typed in, articles out.

Invariant: words first and at once, meaning only when the typist pauses, and then below what words found; every article
is authorised against the database, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.excerpts import excerpt_with_typed
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.redaction import redact
from kb.services.asking import Asked, Hit, ask
from kb.services.synonyms import also_said
from kb.viewers import Viewer, audiences, may_read
from search.contract import PassageScore, Query, SearchEngine, SearchError

MORE: Final = 2
"""How many more than asked for are looked up, so that articles the viewer may not see leave no hole."""
LEAST_PAUSED: Final = 8
"""Letters from which on a pause is worth asking for meaning: a shorter text hardly has one."""
NEARLY: Final = 0.5
"""Share of the best probability with which another article is still offered."""
LONGEST: Final = 400
"""Letters of a search box that are read; the last ones, because those are being typed."""

Segments = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """One article for what is being typed."""

    article_id: int
    slug: str
    title: str
    segments: Segments
    """(piece, matched) of the title, in reading order."""
    heading: str
    """Section that matched; empty for the article as a whole."""
    anchor: str
    audience: str
    by_meaning: bool = False
    """Found by meaning after a pause, not by its words."""


def complete(
    session: Session,
    engine: SearchEngine,
    text: str,
    viewer: Viewer,
    product: str = "",
    limit: int = 6,
    *,
    paused: datetime | None = None,
) -> list[Completion]:
    """Articles for an unfinished question, best first; `paused` is the moment at which the typist stopped, if so.

    What words find stays in place when meaning is asked too, so nothing moves under the reader's hand.
    """
    typed = text[-LONGEST:].lstrip()
    if not typed.strip() or limit <= 0:
        return []
    found = _by_words(session, engine, typed, viewer, product, _places(typed, limit))
    if paused is None or len(found) >= limit or len(typed.strip()) < LEAST_PAUSED:
        return found
    return found + _by_meaning(session, engine, typed, viewer, product, paused, found, limit - len(found))


def _places(typed: str, limit: int) -> int:
    """How many places words get: all for one word; where more was typed, the others wait for meaning."""
    if len(typed.strip()) < LEAST_PAUSED or len(typed.split()) == 1:
        return limit
    return limit - limit // (2 if len(typed.split()) > 2 else 3)


def _by_words(
    session: Session, engine: SearchEngine, typed: str, viewer: Viewer, product: str, limit: int
) -> list[Completion]:
    teams = tuple(team.id for team in tickets_q.teams(session)) if viewer.staff else ()
    query = Query(redact(typed), redact(""), product=product, audiences=audiences(viewer, teams),
                  also=also_said(session, typed))  # fmt: skip
    try:
        found = engine.complete(query, limit * MORE)
    except SearchError:
        return []
    return _authorised(session, found, typed, viewer)[:limit]


def _authorised(session: Session, found: Sequence[PassageScore], typed: str, viewer: Viewer) -> list[Completion]:
    rows = articles_q.published_by_id(session, [score.article_id for score in found])
    passages = articles_q.passage_texts(session, [score.passage_id for score in found])
    ranked: list[tuple[float, float, Completion]] = []
    for score in found:
        row, passage = rows.get(score.article_id), passages.get((score.article_id, score.passage_id))
        if row is None or not may_read(viewer, row[0].audience, row[0].team_id):
            continue
        article, revision = row
        segments = tuple(excerpt_with_typed(revision.title, typed))
        ranked.append((-score.score, -_covered(segments), Completion(
            article.id, article.slug, revision.title, segments, passage.heading if passage else "",
            passage.anchor if passage else "", article.audience,
        )))  # fmt: skip
    # Of titles that match alike the one that says little else is meant.
    return [completion for _, _, completion in sorted(ranked, key=lambda place: place[:2])]


def _covered(segments: Segments) -> float:
    """Share of a title's letters that were typed."""
    return sum(len(piece) for piece, matched in segments if matched) / (sum(len(piece) for piece, _ in segments) or 1)


def _by_meaning(
    session: Session,
    engine: SearchEngine,
    typed: str,
    viewer: Viewer,
    product: str,
    now: datetime,
    shown: Sequence[Completion],
    limit: int,
) -> list[Completion]:
    """What the whole search finds beyond `shown`."""
    seen = {completion.article_id for completion in shown}
    asked = Asked(typed, product=product)
    answer = ask(session, engine, asked, viewer, now, limit=limit + len(seen), record=False, extract=False)
    # Beside an answer what is nearly as probable is worth a line; without one a guess is not.
    least = NEARLY * answer.hits[0].score if answer.answered else 2.0
    new = [hit for hit in answer.hits if hit.article_id not in seen and hit.score >= least]
    return [_from_hit(hit, typed) for hit in new[:limit]]


def _from_hit(hit: Hit, typed: str) -> Completion:
    segments = tuple(excerpt_with_typed(hit.title, typed))
    return Completion(
        hit.article_id, hit.slug, hit.title, segments, hit.heading, hit.anchor, hit.audience, by_meaning=True
    )
