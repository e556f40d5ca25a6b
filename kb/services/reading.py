"""The help centre as it is read. Invariant: only published articles, each allowed to the one who looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from kb.errors import InvalidError, NotFoundError
from kb.markup import Heading, render, table_of_contents
from kb.models import Article, ArticleVote, Revision
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.services import hashes
from kb.viewers import Viewer, may_read

REASONS: Final = ("", "not related", "did not help", "outdated")
RECENT: Final = 6
RELATED: Final = 5


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """An article in a list."""

    slug: str
    title: str
    summary: str
    products: tuple[str, ...]
    topics: tuple[str, ...]
    audience: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """A product or a topic and how many articles are about it."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class HelpHome:
    """The first page."""

    products: tuple[Shelf, ...]
    topics: tuple[Shelf, ...]
    recent: tuple[ArticleCard, ...]
    articles: int


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article to read; `html` is sanitised."""

    slug: str
    title: str
    summary: str
    html: str
    contents: tuple[Heading, ...]
    products: tuple[str, ...]
    topics: tuple[str, ...]
    audience: str
    team: str | None
    confidence: str
    updated_at: datetime
    url: str
    helpful: int
    unhelpful: int
    vote: bool | None
    """What this reader voted, if anything."""
    version: int
    related: tuple[ArticleCard, ...]
    demo: bool


def home(session: Session, viewer: Viewer) -> HelpHome:
    """Products and topics by number of articles, and what changed last."""
    cards = _cards(session, viewer)
    return HelpHome(
        _shelves(card.products for card in cards),
        _shelves(card.topics for card in cards),
        tuple(cards[:RECENT]),
        len(cards),
    )


def shelf(session: Session, viewer: Viewer, *, product: str = "", topic: str = "") -> tuple[ArticleCard, ...]:
    """Articles about a product, a topic, or both, by title.

    Raises:
        NotFoundError: there is none that this viewer may read.
    """
    found = [
        card
        for card in _cards(session, viewer)
        if (not product or product in card.products) and (not topic or topic in card.topics)
    ]
    if not found:
        raise NotFoundError("There are no articles here.")
    return tuple(sorted(found, key=lambda card: card.title.casefold()))


def article(session: Session, viewer: Viewer, slug: str, voter: str = "") -> ArticleView:
    """One article. `voter` is who would vote, as `vote` takes it.

    Raises:
        NotFoundError: there is none, or none for this viewer; which of them is not said.
    """
    found, text = _readable(session, viewer, slug)
    helpful, unhelpful = articles_q.vote_counts(session, found.id)
    cast = articles_q.vote_of(session, found.id, hashes.of(voter)) if voter else None
    return ArticleView(
        slug=found.slug, title=text.title, summary=text.summary, html=render(text.body, text.body_format),
        contents=table_of_contents(text.body, text.body_format), products=tuple(found.products),
        topics=tuple(found.topics), audience=found.audience,
        team=desk_q.team_names(session).get(found.team_id or 0), confidence=found.confidence,
        updated_at=found.updated_at, url=found.url, helpful=helpful, unhelpful=unhelpful,
        vote=cast.helpful if cast else None, version=found.version, demo=found.demo,
        related=_related(found, _cards(session, viewer)),
    )  # fmt: skip


def vote(
    session: Session, viewer: Viewer, slug: str, voter: str, now: datetime, *, helpful: bool, reason: str = ""
) -> None:
    """Say whether an article helped. `voter` is the account, or a random mark that the browser keeps; one vote each.

    Raises:
        NotFoundError: as `article`.
        InvalidError: no such reason, or nobody to count it for.
    """
    if reason not in REASONS or (helpful and reason) or not voter:
        raise InvalidError("Choose one of: not related, did not help, outdated.", field="reason")
    found, _ = _readable(session, viewer, slug)
    mark = hashes.of(voter)
    cast = articles_q.vote_of(session, found.id, mark)
    if cast is None:
        cast = ArticleVote(article_id=found.id, voter=mark)
        session.add(cast)
    cast.helpful, cast.reason, cast.at = helpful, reason, now
    session.flush()


def _readable(session: Session, viewer: Viewer, slug: str) -> tuple[Article, Revision]:
    found = articles_q.by_slug(session, slug)
    row = articles_q.published_by_id(session, [found.id]).get(found.id) if found else None
    if row is None or not may_read(viewer, row[0].audience, row[0].team_id):
        raise NotFoundError("There is no such article.")
    return row[0], row[1]


def _cards(session: Session, viewer: Viewer) -> list[ArticleCard]:
    """Newest change first."""
    return [
        ArticleCard(
            row.slug, row.title, row.summary, tuple(row.products), tuple(row.topics), row.audience, row.updated_at
        )
        for row in articles_q.published_heads(session)
        if may_read(viewer, row.audience, row.team_id)
    ]


def _shelves(names: Iterable[Sequence[str]]) -> tuple[Shelf, ...]:
    counts = Counter(name for several in names for name in several)
    return tuple(Shelf(name, count) for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _related(of: Article, cards: Iterable[ArticleCard]) -> tuple[ArticleCard, ...]:
    """Those that share most topics, then products, then the newer ones."""
    topics, products = set(of.topics), set(of.products)

    def near(card: ArticleCard) -> tuple[int, int]:
        return len(topics & set(card.topics)), len(products & set(card.products))

    alike = [card for card in cards if card.slug != of.slug and near(card)[0]]
    return tuple(sorted(alike, key=lambda card: (near(card), card.updated_at), reverse=True)[:RELATED])
