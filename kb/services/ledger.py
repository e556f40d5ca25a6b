"""What an article gave back: who wrote it, what it solved, and whether fewer tickets like it came.

Invariant: what people said is counted, what is estimated comes with its interval, and the two are never added up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.orm import Session

from kb.models import Article, Revision
from kb.queries import articles as articles_q
from kb.queries import health as health_q
from kb.redaction import redact
from kb.services.finding import article_for
from kb.viewers import Viewer, may_read, require
from search.contract import Query, SearchEngine, SearchError

WEEK: Final = timedelta(weeks=1)
WEEKS: Final = 26
LIKE_IT: Final = 0.55
"""Cosine from which on a ticket is about the same thing."""
MOST: Final = 200
A_PAGE: Final = 20
"""Escalations told at once: for each article tickets like it are looked for."""


class Change(Protocol):
    """What `classifier.series.Effect` holds."""

    @property
    def ratio(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def spared(self) -> float: ...
    @property
    def spared_low(self) -> float: ...
    @property
    def spared_high(self) -> float: ...


Interrupted = Callable[[Sequence[int], Sequence[int]], Change | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's account."""

    slug: str
    title: str
    published_at: datetime
    contributors: tuple[tuple[str, int], ...]
    linked: int
    confirmed: int
    solved_before_a_ticket: int
    """People who said so in the help centre and wrote none."""
    before: tuple[int, ...]
    after: tuple[int, ...]
    """Tickets like it, by week, oldest first."""
    change: Change | None
    said: str


@dataclass(frozen=True, slots=True)
class Became:
    """An escalation and the article it became."""

    reference: str
    subject: str
    slug: str
    title: str
    closed_at: datetime | None
    linked: int
    solved_before_a_ticket: int
    change: Change | None
    said: str


@dataclass(frozen=True, slots=True)
class Yours:
    """An article that somebody helped to write, and what people said of it."""

    slug: str
    title: str
    linked: int
    confirmed: int
    solved_before_a_ticket: int


def entry(
    session: Session, engine: SearchEngine, interrupted: Interrupted, viewer: Viewer, slug: str, now: datetime
) -> Entry | None:
    """The account of a published article; None before it is published.

    Raises:
        NotFoundError: there is no such article for this viewer.
    """
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    row = articles_q.published_by_id(session, [article.id]).get(article.id)
    since = article.first_published_at
    if row is None or since is None:
        return None
    text = row[1]
    before, after, change, said = _changed(session, engine, interrupted, article, text, now)
    held = health_q.links(session, article.id)
    return Entry(
        slug=slug, title=text.title, published_at=since, contributors=tuple((r[0], r[1]) for r in
        health_q.contributors(session, article.id)), linked=sum(kind == "linked" for _, kind in held),
        confirmed=sum(kind == "confirmed" for _, kind in held),
        solved_before_a_ticket=health_q.solved_since(session, article.id), before=before, after=after, change=change,
        said=said,
    )  # fmt: skip


def became(
    session: Session, engine: SearchEngine, interrupted: Interrupted, viewer: Viewer, now: datetime, page: int = 1
) -> tuple[tuple[Became, ...], int]:
    """Escalations that became an article, newest first, with what people said of it and what that spared; how many pages."""
    require(viewer, "agent")
    found = [row for row in health_q.became(session, viewer, MOST) if may_read(viewer, row[2].audience, row[2].team_id)]
    # A ticket that was handed up twice became its article once.
    rows = list({(row[1].id, row[2].id): row for row in reversed(found)}.values())[::-1]
    shown = rows[(page - 1) * A_PAGE : page * A_PAGE]
    texts = articles_q.published_by_id(session, [article.id for _, _, article, _ in shown])
    spared = {
        number: _changed(session, engine, interrupted, article, text, now) for number, (article, text) in texts.items()
    }
    told = tuple(
        Became(
            ticket.reference, ticket.subject, article.slug, title, escalation.closed_at,
            sum(kind == "linked" for _, kind in health_q.links(session, article.id)),
            health_q.solved_since(session, article.id), *spared[article.id][2:],
        )
        for escalation, ticket, article, title in shown
    )  # fmt: skip
    return told, -(-len(rows) // A_PAGE)


def yours(session: Session, viewer: Viewer) -> tuple[Yours, ...]:
    """Published articles of which the viewer wrote a text, what solved most first."""
    require(viewer, "agent")
    rows = health_q.written_by(session, viewer.account_id, MOST) if viewer.account_id is not None else ()
    found = [_yours(session, a.id, a.slug, title) for a, title in rows if may_read(viewer, a.audience, a.team_id)]
    return tuple(sorted(found, key=lambda one: -(one.linked + one.confirmed + one.solved_before_a_ticket)))


def _yours(session: Session, article_id: int, slug: str, title: str) -> Yours:
    kinds = [kind for _, kind in health_q.links(session, article_id)]
    solved = health_q.solved_since(session, article_id)
    return Yours(slug, title, kinds.count("linked"), kinds.count("confirmed"), solved)


Account = tuple[tuple[int, ...], tuple[int, ...], Change | None, str]
"""Tickets like it by week before and after it came out, what that comes to, and the same in words."""


def _changed(
    session: Session, engine: SearchEngine, interrupted: Interrupted, article: Article, text: Revision, now: datetime
) -> Account:
    before, after = _weeks(_like_it(session, engine, text), article.first_published_at or now, now)
    change = interrupted(before, after)
    return before, after, change, _said(before, after, change)


def _like_it(session: Session, engine: SearchEngine, text: Revision) -> list[datetime]:
    """When tickets about the same thing were written."""
    query = Query(redact(text.title), redact(f"{text.summary}\n{text.body[:600]}"), audiences=frozenset({"public"}))
    try:
        near = engine.candidates(query).neighbours
    except SearchError:
        return []
    return health_q.created(session, [n.ticket_id for n in near if n.similarity >= LIKE_IT])


def _weeks(moments: Sequence[datetime], since: datetime, now: datetime) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Counts of up to `WEEKS` whole weeks on either side."""
    whole = min(WEEKS, max(0, int((now - since) / WEEK)))
    first = min(moments, default=since)
    earlier = min(WEEKS, max(0, int((since - first) / WEEK) + (1 if first < since else 0)))

    def counted(start: datetime, weeks: int) -> tuple[int, ...]:
        return tuple(sum(start + n * WEEK <= m < start + (n + 1) * WEEK for m in moments) for n in range(weeks))

    return counted(since - earlier * WEEK, earlier), counted(since, whole)


def _said(before: Sequence[int], after: Sequence[int], change: Change | None) -> str:
    if change is None:
        return f"{len(before)} weeks before and {len(after)} after: too little to tell whether fewer tickets came."
    sure = change.high < 1 or change.low > 1
    how = "fewer" if change.ratio < 1 else "more"
    percent = abs(1 - change.ratio)
    bounds = (
        f"between {1 - change.high:.0%} fewer and {1 - change.low:.0%} fewer"
        if sure and change.ratio < 1
        else (f"the data allow anything from {change.low:.2f} to {change.high:.2f} times as many")
    )
    certain = "" if sure else ", which may be chance"
    spared = (
        f" About {change.spared:.0f} did not come, between {change.spared_low:.0f} and {change.spared_high:.0f}."
        if sure and change.ratio < 1
        else ""
    )
    return f"{percent:.0%} {how} tickets like it a week than before ({bounds}){certain}.{spared}"
