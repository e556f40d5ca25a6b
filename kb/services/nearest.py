"""Never a duplicate by accident: what is there already, before a draft is made.

Invariant: an article that the thread itself links to comes first, every article is authorised for whoever asks, and
"differs" holds only sentences of the thread, redacted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.orm import Session

from kb.drafting import Draft, Line, Solution, compose, solution_of
from kb.errors import ConflictError, NotFoundError
from kb.models import Article, Ticket
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.services import audit, ticketing
from kb.services.asking import Asked, ask
from kb.services.covering import said_already
from kb.services.evidence import Evidence, evidence
from kb.services.finding import article_for, ticket_for
from kb.services.publishing import add_revision, amended, touch
from kb.viewers import Viewer, may_read, require
from search.contract import SearchEngine

Choice = Literal["link", "improve", "new"]
SHOWN: Final = 3
COVERED: Final = 0.75
RELATED: Final = 0.3
TOLD: Final = ("Resolution", "Cause")
LINK = re.compile(r"https?://[^\s)\]>\"']{4,500}")


@dataclass(frozen=True, slots=True)
class Near:
    """An article that may say it already."""

    slug: str
    title: str
    audience: str
    score: float
    named: bool
    """Whether the thread itself links to it."""
    covered: float
    """Share of what the draft would tell that the article says already."""
    differs: tuple[str, ...]
    """What it does not say yet."""


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What to look at before drafting."""

    reference: str
    solution: Solution | None
    message: int | None
    """The message that solved it, as far as one can tell."""
    draft: Draft
    nearest: tuple[Near, ...]
    advice: Choice
    note: str
    turns: tuple[tuple[int, str, str], ...] = ()
    """(message, who speaks, redacted words) of the thread, from which a person may choose another solution."""


def before_drafting(
    session: Session, engine: SearchEngine, viewer: Viewer, reference: str, now: datetime
) -> Beforehand:
    """The draft that would come of a resolved ticket, the nearest articles, and which of the three ways to go.

    Raises:
        ConflictError: the ticket is not resolved yet.
    """
    require(viewer, "agent")
    ticket = ticket_for(session, viewer, reference)
    if ticket.status not in tickets_q.SOLVED:
        raise ConflictError("Resolve the ticket first: the draft is made from what solved it.")
    found = evidence(session, ticket)
    solution = solution_of(found.thread)
    draft = compose(found.thread, solution)
    nearest, note = _nearest(session, engine, viewer, ticket, found, draft, now)
    message = found.messages.get(solution.number) if solution else None
    turns = tuple((found.messages[turn.number], turn.speaker, turn.said.redacted) for turn in found.thread.turns)
    return Beforehand(reference, solution, message, draft, nearest, _advice(nearest), note, turns)


def link(session: Session, viewer: Viewer, reference: str, slug: str, now: datetime) -> None:
    """The article says it already: link it, and the escalation has become it."""
    ticketing.link(session, viewer, reference, slug, now)
    article = articles_q.by_slug(session, slug)
    for escalation in tickets_q.escalations(session, ticket_for(session, viewer, reference).id):
        escalation.article_id = article.id if article else None
    session.flush()


def improve(session: Session, engine: SearchEngine, viewer: Viewer, reference: str, slug: str, now: datetime) -> str:
    """Put what the case adds into a new text of that article, to be looked at and published; its slug.

    Raises:
        ConflictError: the article says all of it already.
        NotFoundError: there is no such article for this viewer.
    """
    found = before_drafting(session, engine, viewer, reference, now)
    article = article_for(session, viewer, slug)
    newest = articles_q.latest_revision(session, article.id)
    if newest is None:
        raise NotFoundError("There is no such article.")
    lines = _told(found.draft)
    said = said_already(session, engine, [article.id], [line.text for _, line in lines])[article.id]
    new = [line for line, there in zip(lines, said, strict=True) if not there]
    if not new:
        raise ConflictError("That article says all of it already. Link it instead.")
    add_revision(
        session, article, amended(newest, [(part, line.text) for part, line in new]), now, author_id=viewer.account_id,
        note=f"improved from {reference}",
    )  # fmt: skip
    link(session, viewer, reference, slug, now)
    touch(article, now)
    audit.record(session, viewer, "article improved", f"article:{slug}", now, ticket=reference)
    session.flush()
    return slug


def _nearest(
    session: Session, engine: SearchEngine, viewer: Viewer, ticket: Ticket, found: Evidence, draft: Draft, now: datetime
) -> tuple[tuple[Near, ...], str]:
    body = " ".join(line.text for part in draft.parts if part.name != "Environment" for line in part.lines)
    asked = Asked(draft.title, body, ticket.product, ticket.topic, surface="agent", ticket_id=ticket.id)
    answer = ask(session, engine, asked, viewer, now, limit=SHOWN, record=False, extract=False)
    scores = {hit.article_id: hit.score for hit in answer.hits}
    named = [a for a in _named(session, found) if may_read(viewer, a.audience, a.team_id)]
    order = list(dict.fromkeys([*(a.id for a in named), *scores]))[:SHOWN]
    rows = articles_q.published_by_id(session, order)
    told = [line.text for _, line in _told(draft)]
    known = said_already(session, engine, [number for number in order if number in rows], told)
    near = []
    for number, said in known.items():
        article, text = rows[number]
        new = tuple(line for line, there in zip(told, said, strict=True) if not there)
        covered = sum(said) / len(said) if said else 0.0
        linked = number in {a.id for a in named}
        near.append(Near(article.slug, text.title, article.audience, scores.get(number, 0.0), linked, covered, new))
    return tuple(near), answer.note


def _advice(nearest: Sequence[Near]) -> Choice:
    best = max((near.covered for near in nearest), default=0.0)
    if best >= COVERED:
        return "link"
    return "improve" if best >= RELATED or any(near.named for near in nearest) else "new"


def _named(session: Session, found: Evidence) -> list[Article]:
    """Articles that somebody in the thread linked to, the last one first; of merged ones the one that stayed."""
    texts = [turn.said.redacted for turn in found.thread.turns]
    texts += [found.thread.resolution.redacted] if found.thread.resolution else []
    links = [link for text in reversed(texts) for link in LINK.findall(text)]
    slugs = [link.partition("#")[0].partition("?")[0].rstrip("/.,;:").rsplit("/", 1)[-1] for link in links]
    by_slug = {article.slug: articles_q.stayed(session, article) for article in articles_q.by_slugs(session, slugs)}
    return list({by_slug[slug].id: by_slug[slug] for slug in slugs if slug in by_slug}.values())


def _told(draft: Draft) -> list[tuple[str, Line]]:
    return [(part.name, line) for part in draft.parts if part.name in TOLD for line in part.lines]
