"""The desk's links as lessons for the ranker of suggestions. Invariant: redacted, and only what was known when asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from kb.models import Ticket
from kb.moments import days
from kb.queries import memory as memory_q
from kb.queries import tickets as tickets_q
from kb.redaction import redact
from kb.services import opinions
from kb.viewers import SYSTEM, audiences
from search.contract import Lesson, Progress, Query, RankerReport, SearchEngine, SearchError, SearchEvaluation

LONGEST: Final = 20_000


def lessons(session: Session) -> list[Lesson]:
    """Every solved ticket, oldest first; those that no article solved teach what has no answer."""
    tickets: dict[int, Ticket] = {}
    articles: dict[int, list[int]] = {}
    for ticket, article in memory_q.solved_tickets(session):
        tickets[ticket.id] = ticket
        articles.setdefault(ticket.id, []).extend([] if article is None else [article])
    awaited: dict[int, list[str]] = {}
    for number, slug in memory_q.awaited(session):
        awaited.setdefault(number, []).append(f"awaited {slug}")
    seen = audiences(SYSTEM, tuple(team.id for team in tickets_q.teams(session)))
    said = opinions.Timeline(session)
    return [
        _lesson(ticket, tuple(articles[number]), tuple(awaited.get(number, ())), seen, said)
        for number, ticket in tickets.items()
    ]


def _lesson(
    ticket: Ticket,
    articles: tuple[int, ...],
    awaited: tuple[str, ...],
    seen: frozenset[str],
    said: opinions.Timeline,
) -> Lesson:
    at = days(ticket.created_at) if ticket.dated else None
    query = Query(
        redact(ticket.subject[:LONGEST]), redact(ticket.body[:LONGEST]), product=ticket.product, topic=ticket.topic,
        audiences=seen, exclude_ticket=ticket.id, asked=at, locale=ticket.locale,
        health=said.by(ticket.created_at) if ticket.dated else {},
    )  # fmt: skip
    return Lesson(ticket.id, query, articles, at, awaited)


def train_ranker(session: Session, search: SearchEngine, progress: Progress | None = None) -> RankerReport:
    """Learn the ranker of suggestions from the desk's links; it serves only if it is better on later tickets."""
    try:
        return search.learn(lessons(session), progress=progress)
    except SearchError as error:
        return RankerReport("", promoted=False, lessons=0, reason=str(error))


def evaluate_search(
    session: Session, search: SearchEngine, without: Sequence[str] = (), progress: Progress | None = None
) -> SearchEvaluation:
    """How well the latest solved tickets would have been answered from what was known before them.

    Raises:
        SearchError: nothing is indexed, or too few tickets are linked.
    """
    return search.evaluate(lessons(session), without=without, progress=progress)
