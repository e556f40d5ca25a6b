"""The demo desk into a home. Invariant: it comes whole, in one transaction, or not at all; all of it is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.passwords import generated
from kb.records import ArticleRecord, TicketRecord
from kb.services import demo
from kb.services.accounts import NewPerson, create_account
from kb.services.importing import import_article, import_ticket
from search.contract import Progress
from web.demo import desk as brasswick
from web.demo.records import DemoArticle, DemoPerson, DemoTicket

TICKETS: Final = 1600
WRITING: Final = timedelta(days=1)
"""From a solved escalation to its article."""
EARLIER: Final = timedelta(days=365)
"""When the others came out: before the year of tickets."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How to enter as one role; the password is kept nowhere else."""

    role: str
    name: str
    email: str
    password: str


def load(session: Session, now: datetime, progress: Progress | None = None, *, count: int | None = None) -> list[Entry]:
    """Bring in teams, people, articles and a year of tickets that ends now; one way in for each role."""
    for team in brasswick.teams():
        demo.add_team(session, demo.TeamFacts(**asdict(team)))
    entries, people = _people(session, brasswick.people(), now)
    year = brasswick.tickets(now, count=count or TICKETS)
    written_from = brasswick.written_from(year)
    for article in brasswick.articles(now):
        import_article(session, _article_record(article, written_from.get(article.slug), now), now, demo=True)
    teams = demo.team_ids(session)
    for number, ticket in enumerate(year, 1):
        import_ticket(session, _ticket_record(ticket), now, demo=True)
        demo.add_course(session, ticket.reference, _course(ticket), people, teams)
        if progress:
            progress("writing a year of tickets", number, len(year))
    for slug, ticket in written_from.items():
        demo.add_became(session, ticket.reference, slug)
    session.flush()
    return entries


def _people(
    session: Session, everybody: Sequence[DemoPerson], now: datetime
) -> tuple[list[Entry], Mapping[str, demo.Who]]:
    """Everybody has a password of their own, and one of each role is told."""
    entries: dict[str, Entry] = {}
    known: dict[str, demo.Who] = {}
    for person in everybody:
        password = generated()
        made = create_account(
            session, NewPerson(person.email, person.name, person.role, password, person.team), now, demo=True
        )
        known[person.email] = demo.Who(made.id, made.name)
        entries.setdefault(person.role, Entry(person.role, person.name, person.email, password))
    return [entries[role] for role in ("customer", "agent", "lead", "operator") if role in entries], known


def _article_record(article: DemoArticle, written_from: DemoTicket | None, now: datetime) -> ArticleRecord:
    solved = written_from.resolved_at if written_from else None
    first = min(solved + WRITING, article.updated or now) if solved else now - EARLIER
    return ArticleRecord(
        slug=article.slug, title=article.title, body=article.body, summary=article.summary, body_format="markdown",
        products=article.products, topics=article.topics, audience=article.audience, team=article.team,
        updated_at=article.updated, first_published_at=first,
    )  # fmt: skip


def _ticket_record(ticket: DemoTicket) -> TicketRecord:
    return TicketRecord(
        id=ticket.reference, subject=ticket.subject, body=ticket.body, created_at=ticket.created_at,
        product=ticket.product, topic=ticket.topic, channel=ticket.channel, requester=ticket.requester,
        priority=ticket.priority, impact=ticket.impact, urgency=ticket.urgency, locale=ticket.locale,
        articles=ticket.linked, escalated=ticket.escalated, team=ticket.team, level=ticket.level,
        resolved_at=ticket.resolved_at, resolution=ticket.resolution,
    )  # fmt: skip


def _course(ticket: DemoTicket) -> demo.Course:
    return demo.Course(
        status=ticket.status, team=ticket.team, level=ticket.level, escalated=ticket.escalated,
        requester=ticket.requester, ended=ticket.resolved_at,
        turns=[demo.Turn(m.author, m.kind, m.internal, m.body, m.at) for m in ticket.messages],
        escalations=[
            demo.HandingUp(step.kind, step.from_team, step.to_team, step.level, step.at, step.reason)
            for step in ticket.escalations
        ],
    )  # fmt: skip
